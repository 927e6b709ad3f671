"""spark-submit spark.py IN.txt FOLDER [PARTITIONS]: translates the lines of a text in Spark, by the command `deshi`.

The command must be in the PATH of every node. FOLDER has one file for each partition; in order, they are the translation.
"""

import os
import sys

from pyspark.sql import SparkSession

source, folder, *partitions = sys.argv[1:]
context = SparkSession.builder.appName("deshi").getOrCreate().sparkContext
lines = context.textFile(source, minPartitions=int(partitions[0]) if partitions else None)
# Without `checkCode`, Spark takes what a killed command had written for the whole, and lines are lost.
translated = lines.pipe("deshi translate --quiet --threads 1", env={"PATH": os.environ["PATH"]}, checkCode=True)
translated.saveAsTextFile(folder)
