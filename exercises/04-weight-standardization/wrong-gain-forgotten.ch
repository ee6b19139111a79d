@x
void standardize_weights(gp_matrix *w, double gain)
{
    gp_not_started();
}
@y
void standardize_weights(gp_matrix *w, double gain)
{
    for (size_t j = 0; j < w->cols; j++) {
        double n = w->rows, mean = 0, square = 0;
        for (size_t i = 0; i < w->rows; i++)
            mean += gp_row(w, i)[j] / n;
        for (size_t i = 0; i < w->rows; i++) {
            gp_row(w, i)[j] -= mean;
            square += gp_row(w, i)[j] * gp_row(w, i)[j] / n;
        }
        double factor = square > 1e-30 ? 1 / sqrt(square * n) : 0;
        for (size_t i = 0; i < w->rows; i++)
            gp_row(w, i)[j] *= factor;
    }
}
@z
