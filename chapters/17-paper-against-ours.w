@i common.w

@** Paper against ours.
\label{ch:paper-against-ours}
Several experiments of this book repeat a figure of a paper, most of them
smaller and on other data. The tables below put the paper's statement beside
what came out here. Nothing in them is typed in this chapter. Each experiment
adds its rows to its record, with a verdict computed by a rule that stands
beside the experiment, and the press collects them.

Of \val{paper-against-ours}{total} rows, \val{paper-against-ours}{reproduced}
were reproduced, \val{paper-against-ours}{in-direction} were reproduced in
direction, \val{paper-against-ours}{not} were not, and
\val{paper-against-ours}{untested} could not be tested here. A statement that
did not reproduce is not refuted. The networks here are small, the data is
Fashion-MNIST or made up, and a few seeds are few. The row says that the
statement does not reach as far as this setting.

@* How to read a row.
\label{sec:paper-columns}
\begin{itemize}
\item \emph{Experiment} names the paper's figure or table, and the quantity.
\item \emph{Paper} is its figure, or its statement where it gives no figure.
\item \emph{Ours} is what the experiment computed.
\item \emph{Spread} is the deviation or the range over the seeds that were run,
or says what else was varied.
\item \emph{Tolerance} is the rule: how near to the paper's figure ours has to
be, or what relation has to hold.
\item \emph{Verdict} is the outcome of the rule. \emph{Reproduced}: the rule
holds. \emph{Reproduced in direction}: it fails, but the difference has the
sign that the paper reports. \emph{Did not reproduce}: neither. \emph{Cannot be
tested here}: the claim needs data or a size that we do not have.
\end{itemize}

@* The gradient problem.
\label{sec:paper-two}
From Chapter~\ref{ch:gradient-problem}.

\outtable{paper-against-ours-3}{Saturation, activations and singular values at
initialization.}

@* Initialization.
\label{sec:paper-three}
From Chapter~\ref{ch:initialization}.

\outtable{paper-against-ours-4}{Glorot's start against He's in deep rectifier
networks.}

@* The ReLU family.
\label{sec:paper-four}
From Chapter~\ref{ch:relu-family}.

\outtable{paper-against-ours-5}{The rectifier and its leaky relatives.}

@* ELU and SELU.
\label{sec:paper-five}
From Chapter~\ref{ch:elu-selu}.

\outtable{paper-against-ours-6}{Exponential units and self-normalizing
networks.}

@* Batch normalization.
\label{sec:paper-six}
From Chapter~\ref{ch:batch-normalization}.

\outtable{paper-against-ours-7}{Batch normalization.}

@* Residual connections.
\label{sec:paper-eight}
From Chapter~\ref{ch:residual}.

\outtable{paper-against-ours-8}{Residual connections.}

@* Index.
