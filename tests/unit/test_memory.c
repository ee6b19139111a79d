/* No memory is an error and never a crash, and what was made is freed, whether the work was finished or not: every allocation of a
   piece of work fails once, in turn. */
#include "allocations.h"
#include "files.h"
#include "gradient.h"

static char folder[64], path[128];

typedef gp_status work(gp_error *error);

/* The lines of the failed work are told apart by the number of the allocation that failed. */
static void survives(const char *name, work *w)
{
    gp_error error = {""};
    ck_assert_msg(w(&error) == GP_OK, "%s: %s", name, error.message); /* libraries make their lasting buffers */
    long before = gp_allocated;
    ck_assert_msg(w(&error) == GP_OK, "%s: %s", name, error.message);
    ck_assert_msg(gp_allocated == before, "%s: %ld allocations are not freed", name, gp_allocated - before);
    for (size_t k = 1; GP_COUNTS_ALLOCATIONS; k++) {
        error.message[0] = '\0';
        gp_fail_allocation(k);
        gp_status status = w(&error);
        bool failed = gp_allocation_failed;
        gp_fail_allocation(0);
        ck_assert_msg(gp_allocated == before, "%s: allocation %zu fails, and %ld are not freed", name, k, gp_allocated - before);
        if (!failed)
            break;
        ck_assert_msg(status == GP_OK || error.message[0] != '\0', "%s: allocation %zu fails without a message", name, k);
        ck_assert_msg(k < 20000, "%s: no end", name);
    }
    ck_assert_msg(w(&error) == GP_OK, "%s: %s", name, error.message);
}

static const char *const layers[] = {
    "dense:5",
    "dense:5:he_normal:nobias",
    "dense:5:orthogonal",
    "batchnorm",
    "layernorm",
    "rmsnorm",
    "sigmoid",
    "leaky_relu:0.1",
    "prelu",
    "rrelu",
    "elu:0.5",
    "selu",
    "gelu",
    "dropout:0.5",
    "alpha_dropout:0.1",
    "3*(dense:4 relu)",
    "residual(dense:4 relu dense:3)",
};

static const char *specification;

/* one network, one step */
static gp_status one_step(gp_error *error)
{
    const gp_label labels[3] = {0, 1, 2};
    gp_matrix x;
    gp_optimizer *o = NULL;
    gp_status status = gp_matrix_new(&x, 3, 3, error);
    if (status)
        return status;
    gp_random r = gp_random_new(1);
    gp_random_fill_normal(&r, &x, 0, 1);
    gp_network *net = gp_network_new(3, 1, error);
    status = net ? GP_OK : GP_NO_MEMORY;
    if (!status)
        status = gp_network_parse(net, specification, error);
    if (!status)
        status = gp_network_parse(net, "dense:3", error);
    const size_t batches[5] = {2, 3, 1, 3, 5}; /* more room, and again what is there already */
    for (size_t k = 0; !status && k < 5; k++)
        status = gp_network_reserve(net, batches[k], error);
    if (!status) {
        o = gp_optimizer_new(net, gp_adam(), error);
        status = o ? GP_OK : GP_NO_MEMORY;
    }
    if (!status) {
        gp_network_gradients(net, &x, labels);
        status = gp_optimizer_step(o, error);
    }
    gp_optimizer_free(o);
    gp_network_free(net);
    gp_matrix_free(&x);
    return status;
}

START_TEST(every_layer_survives_a_failed_allocation)
{
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
        specification = layers[i];
        survives(specification, one_step);
    }
}
END_TEST

static gp_status checked(gp_error *error)
{
    gp_matrix x;
    gp_status status = gp_matrix_new(&x, 4, 3, error);
    if (status)
        return status;
    gp_random r = gp_random_new(1);
    gp_random_fill_normal(&r, &x, 0, 1);
    gp_layer *dense = gp_dense_new(3, 2, true, error);
    status = dense ? gp_layer_reserve(dense, 4, error) : GP_NO_MEMORY;
    if (!status) {
        gp_gradcheck_report report = gp_gradcheck_layer(dense, &x, &(gp_pass){true, &r}, &r);
        if (report.checked == 0)
            status = gp_fail(error, GP_NO_MEMORY, "%s", report.message);
    }
    gp_layer_free(dense);
    gp_matrix_free(&x);
    return status;
}

static gp_status singular(gp_error *error)
{
    gp_matrix a;
    double values[3];
    gp_status status = gp_matrix_new(&a, 4, 3, error);
    if (status)
        return status;
    gp_random r = gp_random_new(1);
    gp_random_fill_normal(&r, &a, 0, 1);
    status = gp_singular_values(&a, values, error);
    gp_matrix_free(&a);
    return status;
}

static gp_status measured(gp_error *error)
{
    gp_random r = gp_random_new(1);
    gp_variance_row row[4], mean[4];
    double range[2];
    const size_t widths[4] = {10, 8, 9, 7};
    const gp_variance_stack stack = {.activation = &gp_tanh, .initializer = "glorot_normal", .depth = 3, .width = widths};
    gp_status status = gp_variance_predict(&stack, row, error);
    if (!status)
        status = gp_variance_measure(&stack, 5, &r, row, error);
    return status ? status : gp_variance_average(&stack, 2, 5, 1, mean, range, error);
}

START_TEST(diagnosis_survives_a_failed_allocation)
{
    survives("singular values", singular);
    survives("variances", measured);
}
END_TEST

START_TEST(the_gradient_checker_frees_what_it_makes)
{
    gp_error error = {""};
    ck_assert_msg(checked(&error) == GP_OK, "%s", error.message);
    long before = gp_allocated;
    ck_assert_msg(checked(&error) == GP_OK, "%s", error.message);
    ck_assert_int_eq(gp_allocated, before);
}
END_TEST

static gp_status trained(const char *name, bool keep, gp_error *error)
{
    gp_dataset data;
    gp_status status = gp_dataset_open(&data, name, 1, error);
    if (status)
        return status;
    gp_optimizer *o = NULL;
    gp_network *net = gp_network_new(data.features, 1, error);
    status = net ? gp_network_parse(net, "dense:4 batchnorm relu dense:3", error) : GP_NO_MEMORY;
    if (!status) {
        o = gp_optimizer_new(net, gp_momentum(), error);
        status = o ? GP_OK : GP_NO_MEMORY;
    }
    gp_train_options options = gp_train_options_with(.batch = 16, .keep_best = keep, .population = keep);
    gp_evaluation e;
    if (!status)
        status = gp_train(net, o, &data, &options, error);
    if (!status)
        status = gp_evaluate(net, &data.test, &e, NULL, error);
    gp_optimizer_free(o);
    gp_network_free(net);
    gp_dataset_free(&data);
    return status;
}

static gp_status training(gp_error *error)
{
    return trained(folder, false, error);
}

static gp_status training_and_keeping(gp_error *error)
{
    return trained(folder, true, error);
}

START_TEST(training_survives_a_failed_allocation)
{
    gp_write_dataset(folder, ".gz");
    survives("training", training);
    survives("training, best kept", training_and_keeping);
}
END_TEST

static gp_status opening(gp_error *error)
{
    gp_dataset data;
    gp_status status = gp_dataset_open(&data, "spirals", 1, error);
    if (!status)
        gp_dataset_free(&data);
    return status;
}

static gp_status opening_files(gp_error *error)
{
    gp_dataset data;
    gp_status status = gp_dataset_open(&data, folder, 1, error);
    if (!status)
        gp_dataset_free(&data);
    return status;
}

START_TEST(opening_data_survives_a_failed_allocation)
{
    survives("spirals", opening);
    gp_write_dataset(folder, "");
    survives("files", opening_files);
}
END_TEST

static gp_status make_and_save(gp_error *error)
{
    gp_optimizer *o = NULL;
    gp_network *net = gp_network_new(3, 1, error);
    gp_status status = net ? gp_network_parse(net, "dense:4 batchnorm prelu dense:2", error) : GP_NO_MEMORY;
    if (!status) {
        o = gp_optimizer_new(net, gp_adam(), error);
        status = o ? gp_checkpoint_save(path, net, o, NULL, error) : GP_NO_MEMORY;
    }
    gp_optimizer_free(o);
    gp_network_free(net);
    return status;
}

/* with all that is told of the data */
static gp_status describe_and_save(gp_error *error)
{
    gp_dataset data;
    gp_checkpoint_metadata m = {0};
    gp_network *net = NULL;
    gp_status status = gp_dataset_open(&data, folder, 1, error);
    if (status)
        return status;
    status = gp_checkpoint_describe(&m, &data, error);
    if (!status) {
        net = gp_network_new(6, 1, error);
        status = net ? gp_network_parse(net, "dense:3", error) : GP_NO_MEMORY;
    }
    if (!status)
        status = gp_checkpoint_save(path, net, NULL, &m, error);
    gp_network_free(net);
    gp_checkpoint_metadata_free(&m);
    gp_dataset_free(&data);
    return status;
}

static gp_status load_description(gp_error *error)
{
    gp_checkpoint_metadata m = {0};
    gp_network *net = gp_checkpoint_load(path, &m, NULL, error);
    if (!net)
        return GP_NO_MEMORY;
    gp_network_free(net);
    gp_checkpoint_metadata_free(&m);
    return GP_OK;
}

static gp_status load(gp_error *error)
{
    gp_optimizer *o = NULL;
    gp_network *net = gp_checkpoint_load(path, NULL, &o, error);
    if (!net)
        return GP_NO_MEMORY;
    gp_optimizer_free(o);
    gp_network_free(net);
    return GP_OK;
}

START_TEST(checkpoints_survive_a_failed_allocation)
{
    snprintf(path, sizeof path, "%s/checkpoint", folder);
    survives("saving", make_and_save);
    survives("loading", load);
    gp_write_dataset(folder, ".gz");
    survives("saving, described", describe_and_save);
    survives("loading, described", load_description);
}
END_TEST

static void begin(void)
{
    gp_new_folder(folder);
}

static void end(void)
{
    gp_remove_folder(folder);
}

int main(void)
{
    Suite *suite = suite_create("memory");
    TCase *tests = tcase_create("memory");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, every_layer_survives_a_failed_allocation);
    tcase_add_test(tests, the_gradient_checker_frees_what_it_makes);
    tcase_add_test(tests, diagnosis_survives_a_failed_allocation);
    tcase_add_test(tests, training_survives_a_failed_allocation);
    tcase_add_test(tests, opening_data_survives_a_failed_allocation);
    tcase_add_test(tests, checkpoints_survive_a_failed_allocation);
    suite_add_tcase(suite, tests);
    return gp_run_suite(suite);
}
