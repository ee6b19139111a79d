@x
double leaky_deviation(double alpha, size_t inputs)
{
    gp_not_started();
}
@y
double leaky_deviation(double alpha, size_t inputs)
{
    return 2 / ((1 + alpha * alpha) * inputs);
}
@z
