@x
void nesterov(size_t n, double *x, const double *g, double *v,
              double rate, double momentum)
{
    gp_not_started();
}
@y
void nesterov(size_t n, double *x, const double *g, double *v,
              double rate, double momentum)
{
    for (size_t i = 0; i < n; i++) {
        v[i] = momentum * v[i] + g[i];
        x[i] += rate * (g[i] + momentum * v[i]);
    }
}
@z
