//! The simpler simple recurrent unit (Kim et al. 2019, "From Research to Production and Back:
//! Ludicrously Fast Neural Machine Translation", section 3.1).

use crate::lanes::{LANES, Lanes};
use crate::math::sigmoid_from;

#[inline(always)]
pub(crate) fn ssru<L: Lanes>(lanes: L, xw: &[f32], state: &mut [f32], out: &mut [f32]) {
    let columns = state.len();
    for (xw, out) in xw
        .chunks_exact(2 * columns)
        .zip(out.chunks_exact_mut(columns))
    {
        let (x, forget) = xw.split_at(columns);
        let (x, x_tail) = x.as_chunks::<LANES>();
        let (forget, forget_tail) = forget.as_chunks::<LANES>();
        let (state, state_tail) = state.as_chunks_mut::<LANES>();
        let (out, out_tail) = out.as_chunks_mut::<LANES>();
        for (((x, forget), state), out) in x.iter().zip(forget).zip(state).zip(out) {
            let next = step(lanes, lanes.load(x), lanes.load(forget), lanes.load(state));
            lanes.store(next, state);
            lanes.store(lanes.max(next, lanes.splat(0.0)), out);
        }
        if !x_tail.is_empty() {
            let (x, forget) = (lanes.load_partial(x_tail), lanes.load_partial(forget_tail));
            let next = step(lanes, x, forget, lanes.load_partial(state_tail));
            lanes.store_partial(next, state_tail);
            lanes.store_partial(lanes.max(next, lanes.splat(0.0)), out_tail);
        }
    }
}

#[inline(always)]
fn step<L: Lanes>(lanes: L, x: L::Vector, forget: L::Vector, state: L::Vector) -> L::Vector {
    let forget = sigmoid_from(lanes, lanes.exp(lanes.sub(lanes.splat(0.0), forget)));
    let kept = lanes.mul(forget, state);
    lanes.add(kept, lanes.mul(lanes.sub(lanes.splat(1.0), forget), x))
}
