"""Long short-term memory with peepholes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional

from seqtag.layers.cells.initialization import draw_weights, open_forget_gate


class PeepholeLSTM(nn.Module):
    """Long short-term memory whose gates see the memory (Gers & Schmidhuber 2000).

    With the vector x(t) of a token, the state h and the cell's memory c, * element by element::

        input      i(t) = sigmoid(Wi x(t) + Ui h(t-1) + pi * c(t-1) + bi)
        forget     f(t) = sigmoid(Wf x(t) + Uf h(t-1) + pf * c(t-1) + bf)
        candidate  g(t) = tanh(Wg x(t) + Ug h(t-1) + bg)
        memory     c(t) = f(t) * c(t-1) + i(t) * g(t)
        output     o(t) = sigmoid(Wo x(t) + Uo h(t-1) + po * c(t) + bo)
        state      h(t) = o(t) * tanh(c(t))

    So the input and forget gates see the memory as it was, the output gate sees the new one. The
    peepholes pi, pf and po are ``weight_ci``, ``weight_cf`` and ``weight_co``; they begin at zero,
    where this is the `LSTM`, whose names and order of gates all other weights have. Called with
    vectors (batch, length, input) and perhaps a state, it returns the states
    (batch, length, hidden) and the last state: h and c, each (1, batch, hidden).

    Args:
        input_size: Size of a token's vector.
        hidden_size: Size of a state.
    """

    num_states: ClassVar[int] = 2

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.weight_ih_l0 = nn.Parameter(torch.zeros(4 * hidden_size, input_size))
        self.weight_hh_l0 = nn.Parameter(torch.zeros(4 * hidden_size, hidden_size))
        self.bias_ih_l0 = nn.Parameter(torch.zeros(4 * hidden_size))
        self.bias_hh_l0 = nn.Parameter(torch.zeros(4 * hidden_size))
        self.weight_ci = nn.Parameter(torch.zeros(hidden_size))
        self.weight_cf = nn.Parameter(torch.zeros(hidden_size))
        self.weight_co = nn.Parameter(torch.zeros(hidden_size))

    def initialize(self) -> None:
        """Draw the weights that training starts from; before, all are zero."""
        draw_weights(self)
        open_forget_gate(self.bias_ih_l0)

    def forward(
        self, vectors: Tensor, state: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Read sequences.

        Args:
            vectors: (batch, length, input), length at least 1.
            state: h and c before the first token, each (1, batch, hidden); zeros by default.

        Returns:
            The states (batch, length, hidden), and h and c after the last token.
        """
        bias = self.bias_ih_l0 + self.bias_hh_l0
        inputs = functional.linear(vectors.transpose(0, 1), self.weight_ih_l0, bias)
        # Autocast computes the product above in half precision. The memory is a long sum, which
        # loses too much in it: the recurrence keeps the precision of the weights.
        inputs = inputs.to(self.weight_hh_l0.dtype)
        if state is None:
            hidden = memory = inputs.new_zeros(vectors.shape[0], self.hidden_size)
        else:
            hidden, memory = (part[0].to(inputs.dtype) for part in state)
        peepholes = torch.stack([self.weight_ci, self.weight_cf, self.weight_co])
        states, last = _Recurrence.apply(  # type: ignore[no-untyped-call]  # torch's, without types
            inputs, hidden, memory, self.weight_hh_l0, peepholes
        )
        return states.transpose(0, 1), (states[-1:], last[None])

    def advance(
        self, inputs: Tensor, recurrent: Tensor, state: tuple[Tensor, ...]
    ) -> tuple[Tensor, ...]:
        """Go one step, the products with the weights being done already.

        Args:
            inputs: (rows, 4 * hidden) W x(t) with its bias.
            recurrent: (rows, 4 * hidden) U h(t-1) with its bias.
            state: h(t-1) and c(t-1), each (rows, hidden).

        Returns:
            h(t) and c(t), each (rows, hidden).
        """
        i, f, g, o = (inputs + recurrent).chunk(4, dim=1)
        before = state[1]
        i = torch.sigmoid(torch.addcmul(i, self.weight_ci, before))
        f = torch.sigmoid(torch.addcmul(f, self.weight_cf, before))
        memory = f * before + i * torch.tanh(g)
        o = torch.sigmoid(torch.addcmul(o, self.weight_co, memory))
        return o * torch.tanh(memory), memory

    def extra_repr(self) -> str:
        """Return the sizes, for printing."""
        return f"{self.input_size}, {self.hidden_size}"


class _Recurrence(torch.autograd.Function):
    """All steps of the peephole LSTM as one node of the graph, with its own gradient.

    Left to autograd, every step would add to the gradient of the recurrent weights by a small
    product of its own; here one product of all steps does it, and everything that does not
    depend on the following step is computed for all steps at once.

    Tensors are (length, batch, ...), so that what belongs to a step lies together.
    """

    @staticmethod
    def forward(
        ctx: Any,  # noqa: ANN401 - torch's own name for what it hands to backward
        inputs: Tensor,
        hidden: Tensor,
        memory: Tensor,
        weight: Tensor,
        peepholes: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Compute the recurrence.

        Args:
            ctx: Keeps what the gradient needs.
            inputs: (length, batch, 4 * hidden) Wx + b of the gates i, f, g, o.
            hidden: (batch, hidden) h before the first step.
            memory: (batch, hidden) c before the first step.
            weight: (4 * hidden, hidden) U of the gates.
            peepholes: (3, hidden) pi, pf and po.

        Returns:
            (length, batch, hidden) h of all steps, and (batch, hidden) c of the last one.
        """
        length, batch, size = len(inputs), *hidden.shape
        gates = torch.empty_like(inputs)
        states = inputs.new_empty(length, batch, size)
        memories = torch.empty_like(states)
        split = gates.view(length, batch, 4, size)
        seeing, (i, f, g, o) = split[:, :, :2], split.unbind(2)
        p_seeing, p_o = peepholes[:2], peepholes[2]
        h, c, turned = hidden, memory, weight.t()
        tanh_c = torch.empty_like(memory)
        with _plain_precision(inputs):
            for step, whole, looking, i_t, f_t, g_t, o_t, h_t, c_t in _by_step(
                inputs, gates, seeing, i, f, g, o, states, memories
            ):
                torch.addmm(step, h, turned, out=whole)
                looking.addcmul_(c[:, None], p_seeing).sigmoid_()
                g_t.tanh_()
                torch.mul(i_t, g_t, out=c_t).addcmul_(f_t, c)
                o_t.addcmul_(c_t, p_o).sigmoid_()
                torch.tanh(c_t, out=tanh_c)
                torch.mul(o_t, tanh_c, out=h_t)
                h, c = h_t, c_t
        ctx.save_for_backward(gates, states, memories, hidden, memory, weight, peepholes)
        return states, memories[-1].clone()

    @staticmethod
    @once_differentiable
    def backward(
        ctx: Any,  # noqa: ANN401 - torch's own name for what forward left
        d_states: Tensor,
        d_last: Tensor,
    ) -> tuple[Tensor, ...]:
        """Return the gradients of what `forward` was given, from those of what it returned."""
        gates, states, memories, hidden, memory, weight, peepholes = ctx.saved_tensors
        length, batch, size = states.shape
        i, f, g, o = gates.view(length, batch, 4, size).unbind(2)
        pi, pf, po = peepholes
        states_before = torch.cat([hidden[None], states[:-1]])
        memories_before = torch.cat([memory[None], memories[:-1]])
        tanh_c = memories.tanh()
        # How each gate's sum acts: those of i, f and g on the memory, that of o on the state.
        acts = torch.stack([g * i * (1 - i), memories_before * f * (1 - f), i * (1 - g * g)], 2)
        acts_o = tanh_c * o * (1 - o)
        # How the memory acts on the state of its step, and on the memory of the next one.
        shows = o * (1 - tanh_c * tanh_c) + acts_o * po
        stays = f + acts[:, :, 0] * pi + acts[:, :, 1] * pf
        d_before = torch.cat([torch.zeros_like(hidden)[None], d_states[:-1]])
        d_sums = torch.empty_like(gates)
        d_split = d_sums.view(length, batch, 4, size)
        d_h, d_c = d_states[-1], d_last
        with _plain_precision(gates):
            steps = _by_step(
                acts, acts_o, shows, stays, d_before, d_sums, d_split[:, :, :3], d_split[:, :, 3]
            )
            for act, act_o, show, stay, d_earlier, d_sum, d_ifg, d_o in reversed(steps):
                d_c = torch.addcmul(d_c, d_h, show)
                torch.mul(act, d_c[:, None], out=d_ifg)
                torch.mul(act_o, d_h, out=d_o)
                d_c = d_c * stay
                d_h = torch.addmm(d_earlier, d_sum, weight)
            d_weight = d_sums.flatten(0, 1).t() @ states_before.flatten(0, 1)
        d_i, d_f, _, d_o = d_split.unbind(2)
        seen = [d_i * memories_before, d_f * memories_before, d_o * memories]
        d_peepholes = torch.stack([product.sum(dim=(0, 1)) for product in seen])
        return d_sums, d_h, d_c, d_weight, d_peepholes


def _by_step(*tensors: Tensor) -> Sequence[tuple[Tensor, ...]]:
    """Return for each step its part of every tensor (length, ...)."""
    return list(zip(*(tensor.unbind(0) for tensor in tensors), strict=True))


def _plain_precision(tensor: Tensor) -> torch.autocast:
    """Return a context in which autocast leaves products alone; it takes none with ``out``."""
    return torch.autocast(tensor.device.type, enabled=False)
