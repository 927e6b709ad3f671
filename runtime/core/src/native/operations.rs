//! The model's operations on the arena. Linear layers compute the rows of all sentences at once; attention and
//! the SSRU compute one sentence at a time.

use crate::native::{KeysValues, Native, NativeError, State, Value};
use crate::operations::{Linear, Norm, Operations};

impl Operations for Native<'_> {
    type Value = Value;
    type KeysValues = KeysValues;
    type State = State;
    type Error = NativeError;

    fn linear(&mut self, x: &Value, layer: Linear) -> Result<Value, NativeError> {
        let y = self.place(x.rows, layer.outputs)?;
        let [input, out] = self.slots.get_disjoint_mut([x.slot, y.slot]).expect(APART);
        self.dispatch.linear(
            layer,
            &input[..x.elements()],
            &mut self.quantised[..x.elements()],
            &mut self.scales[..x.rows],
            &mut out[..y.elements()],
        );
        Ok(y)
    }

    fn add_norm(&mut self, x: Value, y: Value, norm: Norm) -> Result<Value, NativeError> {
        let sum = self.place(x.rows, x.width)?;
        let slots = [x.slot, y.slot, sum.slot];
        let [a, b, out] = self.slots.get_disjoint_mut(slots).expect(APART);
        let elements = x.elements();
        let (a, b, out) = (&a[..elements], &b[..elements], &mut out[..elements]);
        self.dispatch.add_norm(norm, a, b, out);
        self.release(x);
        self.release(y);
        Ok(sum)
    }

    fn self_attention(&mut self, qkv: Value) -> Result<Value, NativeError> {
        let d_model = self.architecture().d_model;
        let y = self.place(qkv.rows, d_model)?;
        let slots = [qkv.slot, y.slot];
        let [input, out] = self.slots.get_disjoint_mut(slots).expect(APART);
        for sentence in &self.sentences {
            let input = &input[sentence.range(3 * d_model)];
            let out = &mut out[sentence.range(d_model)];
            self.dispatch.self_attention(input, self.scratch, out);
        }
        self.release(qkv);
        Ok(y)
    }

    fn causal_attention(&mut self, qkv: Value, state: &mut State) -> Result<Value, NativeError> {
        let architecture = self.architecture();
        let d_model = architecture.d_model;
        let y = self.place(qkv.rows, d_model)?;
        let slots = [qkv.slot, y.slot];
        let [input, out] = self.slots.get_disjoint_mut(slots).expect(APART);
        let elements = self.capacity.state_elements(&architecture);
        let rows = input[..qkv.elements()]
            .chunks_exact(3 * d_model)
            .zip(out.chunks_exact_mut(d_model));
        for (&sentence, (input, out)) in self.live.iter().zip(rows) {
            let at = state.layer * self.capacity.sentences + sentence;
            let cache = &mut self.states[at * elements..][..elements];
            let (keys, values) = cache.split_at_mut(elements / 2);
            let position = self.sentences[sentence].steps;
            self.dispatch
                .causal_attention(input, position, keys, values, self.scratch, out);
        }
        self.release(qkv);
        Ok(y)
    }

    fn ssru(&mut self, xw: Value, state: &mut State) -> Result<Value, NativeError> {
        let d_model = self.architecture().d_model;
        let y = self.place(xw.rows, d_model)?;
        let slots = [xw.slot, y.slot];
        let [input, out] = self.slots.get_disjoint_mut(slots).expect(APART);
        let rows = input[..xw.elements()]
            .chunks_exact(2 * d_model)
            .zip(out.chunks_exact_mut(d_model));
        for (&sentence, (input, out)) in self.live.iter().zip(rows) {
            let at = state.layer * self.capacity.sentences + sentence;
            let state = &mut self.states[at * d_model..][..d_model];
            self.dispatch.ssru(input, state, out);
        }
        self.release(xw);
        Ok(y)
    }

    fn keys_values(&mut self, pairs: Value, layer: usize) -> Result<KeysValues, NativeError> {
        let d_model = self.architecture().d_model;
        let input = &self.slots[pairs.slot][..pairs.elements()];
        let start = layer * self.capacity.source_tokens * d_model;
        for sentence in &self.sentences {
            let range = sentence.range(d_model);
            self.dispatch.split_keys_values(
                &input[sentence.range(2 * d_model)],
                &mut self.keys[start..][range.clone()],
                &mut self.values[start..][range],
            );
        }
        self.release(pairs);
        Ok(KeysValues { layer })
    }

    fn cross_attention(&mut self, q: Value, source: &KeysValues) -> Result<Value, NativeError> {
        let d_model = self.architecture().d_model;
        let y = self.place(q.rows, d_model)?;
        let start = source.layer * self.capacity.source_tokens * d_model;
        let [input, out] = self.slots.get_disjoint_mut([q.slot, y.slot]).expect(APART);
        let rows = input[..q.elements()]
            .chunks_exact(d_model)
            .zip(out.chunks_exact_mut(d_model));
        for (&sentence, (input, out)) in self.live.iter().zip(rows) {
            let range = self.sentences[sentence].range(d_model);
            self.dispatch.cross_attention(
                input,
                &self.keys[start..][range.clone()],
                &self.values[start..][range],
                self.scratch,
                out,
            );
        }
        self.release(q);
        Ok(y)
    }

    fn release(&mut self, value: Value) {
        self.used[value.slot] = false;
    }
}

/// Why several slots can be borrowed at once.
const APART: &str = "each value has its own slot";
