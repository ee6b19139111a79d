@x
double selu_alpha(double nu)
{
    gp_not_started();
}

double selu_lambda(double nu)
{
    gp_not_started();
}
@y
static double below(double k, double nu)
{
    return exp(k * k * nu / 2) * erfc(k * sqrt(nu / 2)) / 2;
}

double selu_alpha(double nu)
{
    return sqrt(nu / (2 * acos(-1))) / (0.5 - below(1, nu));
}

double selu_lambda(double nu)
{
    double alpha = selu_alpha(nu);
    double left = below(2, nu) - 2 * below(1, nu) + 0.5;
    return nu / (nu / 2 + alpha * alpha * left);
}
@z
