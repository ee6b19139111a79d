@x
double truncated_deviation(double c)
{
    gp_not_started();
}
@y
double truncated_deviation(double c)
{
    double density = exp(-0.5 * c * c);
    double kept = erf(c / sqrt(2));

    return sqrt(1 - 2 * c * density / kept);
}
@z
