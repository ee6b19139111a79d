@x
double swish(double z, double beta)
{
    gp_not_started();
}

double swish_by_z(double z, double beta)
{
    gp_not_started();
}

double swish_by_beta(double z, double beta)
{
    gp_not_started();
}
@y
double swish(double z, double beta)
{
    return z / (1 + exp(beta * z));
}

double swish_by_z(double z, double beta)
{
    double s = 1 / (1 + exp(-beta * z));
    return s + beta * z * s * (1 - s);
}

double swish_by_beta(double z, double beta)
{
    double s = 1 / (1 + exp(-beta * z));
    return z * z * s * (1 - s);
}
@z
