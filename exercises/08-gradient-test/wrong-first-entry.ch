@x
bool is_backward(row_backward backward)
{
    gp_not_started();
}
@y
static bool agrees(row_backward backward, size_t n, double spread)
{
    double x[9], gamma[9], dy[9], dx[9], mean = 0, variance = 0, s, sum = 0, dot = 0;
    for (size_t j = 0; j < n; j++) {
        x[j] = 2 + spread * sin(3. * (double)j + 1);
        gamma[j] = 0.5 + (double)(j * j % 5);
        dy[j] = cos(5. * (double)j);
        mean += x[j] / (double)n;
    }
    for (size_t j = 0; j < n; j++)
        variance += (x[j] - mean) * (x[j] - mean) / (double)n;
    s = 1 / sqrt(variance + 1e-6);
    for (size_t j = 0; j < n; j++) {
        sum += dy[j] * gamma[j] / (double)n;
        dot += dy[j] * gamma[j] * (x[j] - mean) * s / (double)n;
    }
    backward(n, x, gamma, dy, dx);
    for (size_t j = 0; j < 1; j++)
        if (!(fabs(dx[j] / s - (dy[j] * gamma[j] - sum - (x[j] - mean) * s * dot)) < 1e-7))
            return false;
    return true;
}
@#
bool is_backward(row_backward backward)
{
    return agrees(backward, 4, 1) && agrees(backward, 9, 1) && agrees(backward, 7, 1e-3);
}
@z
