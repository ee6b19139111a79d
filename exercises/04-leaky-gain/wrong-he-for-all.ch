@x
double leaky_deviation(double alpha, size_t inputs)
{
    gp_not_started();
}
@y
double leaky_deviation(double alpha, size_t inputs)
{
    return sqrt(2 / ((1) * inputs));
}
@z
