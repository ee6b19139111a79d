@x
void my_softmax(size_t n, const double *x, double *y)
{
    double sum = 0;

    gp_not_started();
    for (size_t i = 0; i < n; i++)
        sum += y[i] = exp(x[i]);
    for (size_t i = 0; i < n; i++)
        y[i] /= sum;
}
@y
void my_softmax(size_t n, const double *x, double *y)
{
    double sum = 0, most = x[0];

    for (size_t i = 1; i < n; i++)
        most += x[i];
    most /= n;
    for (size_t i = 0; i < n; i++)
        sum += y[i] = exp(x[i] - most);
    for (size_t i = 0; i < n; i++)
        y[i] /= sum;
}
@z
