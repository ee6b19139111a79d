/* Every function of the losses refuses matrices of two shapes, and every argument is looked at. */
#include "aborts.h"
#include "loss.h"

static gp_matrix new_matrix(size_t rows, size_t cols)
{
    gp_matrix m;
    if (gp_matrix_new(&m, rows, cols, NULL))
        abort();
    return m;
}

/* The case's number says which function gets a matrix [3, 2] in which place; all the others are [2, 3]. */
static int number;
enum { CASES = 14 };

static void call(void)
{
    const gp_label labels[3] = {0, 1, 0};
    gp_matrix a = new_matrix(2, 3), b = new_matrix(2, 3), c = new_matrix(2, 3), odd = new_matrix(3, 2);
    const gp_cross_entropy_options by_label = {.labels = labels}, by_target = {.targets = &odd};
    gp_matrix_fill(&a, 1);
    switch (number) {
    case 0: gp_softmax(&a, &odd); break;
    case 1: gp_log_softmax(&a, &odd); break;
    case 2: gp_softmax_backward(&odd, &b, &c); break;
    case 3: gp_softmax_backward(&a, &odd, &c); break;
    case 4: gp_softmax_backward(&a, &b, &odd); break;
    case 5: gp_log_softmax_backward(&odd, &b, &c); break;
    case 6: gp_log_softmax_backward(&a, &odd, &c); break;
    case 7: gp_log_softmax_backward(&a, &b, &odd); break;
    case 8: gp_softmax_cross_entropy(&a, &by_label, NULL, &odd); break;
    case 9: gp_softmax_cross_entropy(&a, &by_target, NULL, NULL); break;
    case 10: gp_nll(&a, &by_label, NULL, &odd); break;
    case 11: gp_nll(&a, &by_target, NULL, NULL); break;
    case 12: gp_mean_squared_error(&a, &odd, NULL); break;
    case 13: gp_mean_squared_error(&a, &b, &odd); break;
    default: break;
    }
}

START_TEST(another_shape_is_refused_in_every_place)
{
    number = _i;
    gp_assert_aborts(call, "is given with one of");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("loss, shapes");
    TCase *tests = tcase_create("shapes");
    tcase_add_loop_test(tests, another_shape_is_refused_in_every_place, 0, CASES);
    suite_add_tcase(suite, tests);
    return gp_run_suite(suite);
}
