#!/bin/sh
# Makes report.odt and report.docx of report.fodt, with LibreOffice. The results are kept, so that no test needs it.
set -eu
cd "$(dirname "$0")"
soffice --headless --convert-to odt report.fodt
soffice --headless --convert-to docx:"MS Word 2007 XML" report.fodt
