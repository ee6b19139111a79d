@x
void standardize_weights(gp_matrix *w, double gain)
{
    gp_not_started();
}
@y
void standardize_weights(gp_matrix *w, double gain)
{
    double n = (double)w->rows * w->cols, mean = 0, square = 0;
    for (size_t i = 0; i < w->rows; i++)
        for (size_t j = 0; j < w->cols; j++)
            mean += gp_row(w, i)[j] / n;
    for (size_t i = 0; i < w->rows; i++)
        for (size_t j = 0; j < w->cols; j++) {
            gp_row(w, i)[j] -= mean;
            square += gp_row(w, i)[j] * gp_row(w, i)[j] / n;
        }
    for (size_t i = 0; i < w->rows; i++)
        for (size_t j = 0; j < w->cols; j++)
            gp_row(w, i)[j] *= gain / sqrt(square * w->rows);
}
@z
