@x
double squareplus(double z, double b)
{
    gp_not_started();
}

double squareplus_slope(double z, double b)
{
    gp_not_started();
}
@y
double squareplus(double z, double b)
{
    return (z - sqrt(z * z + b)) / 2;
}

double squareplus_slope(double z, double b)
{
    return (1 + z / sqrt(z * z + b)) / 2;
}
@z
