@i common.w

@** Errata of the notebook.
\label{ch:errata}
This book grew from a short notebook on the gradient problem. The notebook is
right in nearly everything that matters, and building and measuring each of its
sentences found the places where it is not. They are collected here: what is
claimed, what is the case, who says so, and a test that fails on the wrong
version. Six are errors. The last three are statements that one meets
everywhere, and that are true under a condition.

Where a claim can be put into C, it is below in its wrong form. The test of the
entry holds one check, applies it to the book's function and to the wrong one,
and asserts that the first passes and the second does not.

@(tangled/experiments/errata.h@>=
#pragma once
#include "batchnorm.h"
#include "elu.h"
#include "initialize.h"
#include "rectifier.h"
#include <tgmath.h>
@<What the notebook says@>@;

@* The bound of Glorot's uniform distribution.
\label{sec:errata-radius}
\textbf{Claim.} Glorot's initialization draws from the uniform distribution on
$[-r,r]$ with $r=\sqrt{1/n_{\mathrm{avg}}}$.

\textbf{Correction.} $r=\sqrt{3/n_{\mathrm{avg}}}$. A uniform distribution on
$[-r,r]$ has variance $r^2/3$, and the variance is to be $1/n_{\mathrm{avg}}$.
The claimed bound gives a third of it. At equal widths it is exactly the older
recipe whose failure the paper explains (Section~\ref{sec:root-three}).

\textbf{Source.} \citet{glorot2010}, equation 16:
$r=\sqrt6/\sqrt{n_j+n_{j+1}}$.

\textbf{Test.} 30,000 weights between 300 inputs and 100 units have the
variance $1/200$ to two per cent, or not.\claim{errata_radius}

@<What the notebook says@>=
static inline void errata_glorot(gp_matrix *w, gp_random *r)
{
    const double fan_avg = (double)(w->rows + w->cols) / 2;
    const double radius = sqrt(1 / fan_avg);

    gp_random_fill_uniform(r, w, -radius, radius);
}

@* Why a rectifier dies.
\label{sec:errata-dying}
\textbf{Claim.} A unit with ReLU dies when the sum of its weights is negative.

\textbf{Correction.} It is dead when $w\cdot x+b<0$ for \emph{all} samples $x$.
The signs of the weights alone decide nothing: with inputs of both signs a unit
with $w=(1,-3)$ is active for some of them, and a unit with $w=(1,1)$ and
$b=-10$ for none of moderate size (Section~\ref{sec:dying}).

\textbf{Source.} \citet{maas2013} describe units that are not active for any
training sample; it also follows from the derivative.

\textbf{Test.} Both units are run over the same samples; the gradient that
reaches their weights tells which one is dead. The claim is wrong about
both.\claim{errata_dying}

@<What the notebook says@>=
static inline bool errata_dead(const gp_matrix *w)
{
    gp_real sum = 0;

    for (size_t i = 0; i < w->rows; i++)
        sum += gp_row(w, i)[0];
    return sum < 0;
}

@* The gradient of ELU.
\label{sec:errata-elu-gradient}
\textbf{Claim.} The gradient of ELU is never 0, so its units cannot die.

\textbf{Correction.} True of real numbers. Computed in single precision from
the output, as $f(z)+\alpha$, the gradient is exactly 0 below $z\approx-17.33$.
Computed as $\alpha e^z$ it stays positive down to $z\approx-103$, where it
falls below the smallest |float|. And a gradient of $10^{-9}$ revives nothing:
for practical purposes a unit at $z=-20$ is dead either way.

\textbf{Source.} Rounding; shown in Chapter~\ref{ch:elu-selu}, and as a shipped
bug in Section~\ref{sec:museum-elu}.

\textbf{Test.} Is the slope positive at every $z$ from $-1$ to
$-80$?\claim{errata_elu_gradient}

@<What the notebook says@>=
static inline gp_real errata_elu_slope(gp_real z, gp_real alpha)
{
    const gp_real f = z > 0 ? z : alpha * expm1(z);

    return z > 0 ? 1 : f + alpha;
}

@* ELU is slower.
\label{sec:errata-slower}
\textbf{Claim.} ELU is slower than ReLU.

\textbf{Correction.} Slower to compute: an exponential costs more than a
comparison, in training and at inference. Not slower to learn: step for step
its loss falls at least as fast. The paper's own argument is that it learns
\emph{faster}, and that this pays for the exponential in training; at inference
nothing pays for it.

\textbf{Source.} \citet{clevert2016}, figures 2 to 4.

\textbf{Test.} The kernel of ELU takes more time than that of ReLU, and after
300 steps on the spirals, over three seeds, the loss of the network with ELU is
not above that with ReLU.\claim{errata_elu_costs_time_not_learning}

@* Statistics at inference.
\label{sec:errata-inference}
\textbf{Claim.} At inference batch normalization uses the statistics of the
whole training set, obtained by a pass over it after training.

\textbf{Correction.} That is Algorithm 2 of the paper, and hardly anybody does
it. The layers of Keras and PyTorch, whose calls the notebook shows, use
running averages gathered in training; no pass takes place. This book offers
both (Section~\ref{sec:bn-inference}) and measures how far they are apart
(Section~\ref{sec:bn-three-ways}).

\textbf{Source.} \citet{ioffe2015}, algorithm 2, and the last paragraph of
their section 3.1 for moving averages; the documentation of Keras'
\texttt{BatchNormalization}.

\textbf{Test.} A layer is trained on batches whose mean drifts. What it uses
afterwards is the running average that Keras would have, and is not the average
of the means of all batches.\claim{errata_inference}

@<What the notebook says@>=
static inline double errata_moving_mean(size_t batches, const double mean[])
{
    double sum = 0;

    for (size_t k = 0; k < batches; k++)
        sum += mean[k];
    return sum / (double)batches;
}

@* A sum with its limits swapped.
\label{sec:errata-limits}
\textbf{Claim.} $\mu=\frac1m\sum_{i=m}^1 x_i$.

\textbf{Correction.} $\mu=\frac1m\sum_{i=1}^m x_i$. A slip of the pen, but
formulas are there to be typed in, and a sum from $m$ up to 1 is empty.

\textbf{Source.} \citet{ioffe2015}, algorithm 1.

\textbf{Test.} The mean of 1, 2, 3 and 6 is 3.\claim{errata_limits}

@<What the notebook says@>=
static inline gp_real errata_mean(int m,
                                  const gp_real x[]) /* from |x[1]| on */
{
    gp_real sum = 0;

    for (int i = m; i <= 1; i++)
        sum += x[i];
    return sum / (gp_real)m;
}

@* ELU is smooth.
\label{sec:errata-smooth}
\textbf{Claim.} ELU is smooth everywhere.

\textbf{Condition.} For $\alpha=1$. The slopes on the two sides of 0 are
$\alpha$ and 1. Every other $\alpha$ makes a kink, SELU's 1.67 too, and even
for $\alpha=1$ the second derivative jumps, from 1 to 0.

\textbf{Source.} The derivative. \citet{barron2017} proposes CELU, which is
smooth for all $\alpha$, for this reason.

\textbf{Test.} The slopes at $\pm10^{-4}$ agree for $\alpha=1$, and disagree
for 0.5 and for 2.\claim{errata_smooth}

@* The maximum of two lines.
\label{sec:errata-maximum}
\textbf{Claim.} The leaky rectifier is $\max(\alpha z,z)$.

\textbf{Condition.} For $\alpha\le1$. The customary values 0.01, 0.2 and 0.3
are safe. A trained slope (PReLU) may pass 1, and then the maximum takes the
wrong line on both sides of 0.

\textbf{Source.} \citet{he2015} write $\max(0,z)+\alpha\min(0,z)$, which holds
for every $\alpha$.

\textbf{Test.} Both formulas against the definition by cases, for $\alpha=0.2$
and $\alpha=1.5$.\claim{errata_maximum}

@<What the notebook says@>=
static inline gp_real errata_leaky(gp_real z, gp_real alpha)
{
    return alpha * z > z ? alpha * z : z;
}

@* Normalization in place of standardizing.
\label{sec:errata-first}
\textbf{Claim.} With batch normalization as first layer the data need not be
standardized.

\textbf{Condition.} Approximately. It divides by the statistics of each batch,
so in training the same image has other numbers in every batch; small batches
make it a rough tool. At inference, with statistics that have settled, the two
agree but for $\varepsilon$ and the trained $\gamma$ and $\beta$
(Section~\ref{sec:bn-first}).

\textbf{Source.} \citet{geron2019}, chapter 11, says it with the qualification.

\textbf{Test.} The outputs of a fresh layer in training differ from
standardized data, and differ less for larger batches; at inference, after a
pass for population statistics, they agree to three per
cent.\claim{errata_first_layer}

@* Index.
