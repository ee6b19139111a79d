@x
double celu(double z, double alpha)
{
    gp_not_started();
}

double celu_slope(double z, double alpha)
{
    gp_not_started();
}
@y
double celu(double z, double alpha)
{
    return z > 0 ? z : alpha * expm1(z);
}

double celu_slope(double z, double alpha)
{
    return z > 0 ? 1 : alpha * exp(z);
}
@z
