@x
bool is_softmax(void (*softmax)(size_t n, const double *x, double *y))
{
    gp_not_started();
}
@y
static bool near(double a, double b)
{
    return fabs(a - b) <= 1e-9;
}
@#
bool is_softmax(void (*softmax)(size_t n, const double *x, double *y))
{
    const double base[4] = {0.5, -1, 2, 0}, shift[3] = {0, 500, 1000};
    double x[4], y[4], sum;

    for (int k = 0; k < 3; k++) {
        for (int i = 0; i < 4; i++)
            x[i] = base[i] + shift[k];
        softmax(4, x, y);
        sum = 0;
        for (int i = 0; i < 4; i++) {
            sum += y[i];
            if (!(y[i] >= 0))
                return false;
            if (!near(y[i], y[0] * exp(base[i] - base[0])))
                return false;
        }
        if (!near(sum, 1))
            return false;
    }
    return true;
}
@z
