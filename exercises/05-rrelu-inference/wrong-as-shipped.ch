@x
double rrelu(double z, double lower, double upper, double r, bool training)
{
    gp_not_started();
    return z > 0 ? z : (lower + (upper - lower) * r) * z;
}
@y
double rrelu(double z, double lower, double upper, double r, bool training)
{
    double slope = lower + (upper - lower) * r;
    return z > 0 ? z : slope * z;
}
@z
