@x
bool is_logistic_slope(double (*slope)(double z))
{
    gp_not_started();
}
@y
bool is_logistic_slope(double (*slope)(double z))
{
    double last = slope(0);

    if (!(fabs(last - 0.25) <= 1e-12))
        return false;
    for (double z = 1; z < 1000; z += 1) {
        double right = slope(z), left = slope(-z);
        if (!(right >= 0 && fabs(right - left) <= 1e-12))
            return false;
        if (z <= 20 && !(right < last))
            return false;
        last = right;
    }
    return true;
}
@z
