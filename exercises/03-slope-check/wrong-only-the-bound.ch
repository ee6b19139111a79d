@x
bool is_logistic_slope(double (*slope)(double z))
{
    gp_not_started();
}
@y
bool is_logistic_slope(double (*slope)(double z))
{
    for (double z = -1000; z < 1000; z += 0.1)
        if (!(slope(z) <= 0.25 + 1e-12))
            return false;
    return true;
}
@z
