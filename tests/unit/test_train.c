#define _GNU_SOURCE
#include "allocations.h"
#include "files.h"
#include "gradient.h"

static gp_network *make(const char *text, size_t inputs, size_t batch)
{
    gp_error error = {""};
    gp_network *net = gp_network_new(inputs, 1, &error);
    ck_assert_msg(gp_network_parse(net, text, &error) == GP_OK, "%s", error.message);
    ck_assert_int_eq(gp_network_reserve(net, batch, &error), GP_OK);
    return net;
}

static const char *const everything = "dense:16:he_normal:nobias batchnorm relu dense:16 prelu rrelu dense:16 selu alpha_dropout:0.1 "
                                      "dropout:0.2 dense:3";

START_TEST(claim_training_allocates_nothing)
{
    gp_error error;
    gp_network *net = make(everything, 2, 32);
    gp_optimizer *adam = gp_optimizer_new(net, (gp_optimizer_options){.kind = GP_ADAM, .clip_norm = 1}, &error);
    gp_matrix x;
    uint8_t labels[32] = {1, 2};
    ck_assert_int_eq(gp_matrix_new(&x, 32, 2, &error), GP_OK);
    gp_random r = gp_random_new(1);
    gp_random_fill_normal(&r, &x, 0, 1);
    gp_network_gradients(net, &x, labels); /* the matrix library warms up */
    size_t before = gp_allocations;
    for (int i = 0; i < 10; i++) {
        gp_network_gradients(net, &x, labels);
        gp_optimizer_step(adam);
    }
    ck_assert_uint_eq(gp_allocations - before, 0);
    gp_optimizer_free(adam);
    gp_network_free(net);
    gp_matrix_free(&x);
}
END_TEST

static double train(gp_network *net, gp_optimizer_options how, size_t epochs, gp_error *error, gp_status *status)
{
    gp_dataset data;
    gp_evaluation e = {0};
    ck_assert_int_eq(gp_dataset_open(&data, "spirals", 1, error), GP_OK);
    gp_optimizer *optimizer = gp_optimizer_new(net, how, error);
    gp_train_options options = {.epochs = epochs, .seed = 1};
    *status = gp_train(net, optimizer, &data, &options, error);
    if (*status == GP_OK)
        ck_assert_int_eq(gp_evaluate(net, &data.test, &e, NULL, error), GP_OK);
    gp_optimizer_free(optimizer);
    gp_dataset_free(&data);
    return e.accuracy;
}

typedef struct {
    size_t calls, last;
    bool gradients;
} watcher;

static bool end_after_fifteen(const gp_train_step *s, void *context)
{
    watcher *w = context;
    const gp_parameter *kernel = &gp_network_layer(s->net, 0)->parameter[0];
    ck_assert_uint_eq(s->done, ++w->calls);
    ck_assert_uint_eq(s->done, (s->epoch - 1) * s->steps + s->step);
    ck_assert(s->loss > 0);
    w->gradients = w->gradients || kernel->gradient.at[0] != 0;
    return s->done < 15;
}

static void count_epochs(const gp_epoch *e, void *context)
{
    ((watcher *)context)->last = e->epoch;
    ck_assert(e->validation_accuracy > 0);
}

START_TEST(a_step_can_be_watched_and_can_end_the_training)
{
    gp_error error;
    gp_dataset data;
    watcher w = {0};
    ck_assert_int_eq(gp_dataset_open(&data, "spirals", 1, &error), GP_OK);
    gp_dataset_limit(&data, 100);
    gp_network *net = make("dense:8 tanh dense:3", 2, 10);
    gp_optimizer *sgd = gp_optimizer_new(net, (gp_optimizer_options){.learning_rate = 0.1}, &error);
    gp_train_options options = {.epochs = 9, .batch = 10, .seed = 1, .after_step = end_after_fifteen, .report = count_epochs, .context = &w};
    ck_assert_int_eq(gp_train(net, sgd, &data, &options, &error), GP_OK);
    ck_assert_uint_eq(w.calls, 15);
    ck_assert_uint_eq(w.last, 2);
    ck_assert(w.gradients);
    gp_optimizer_free(sgd);
    gp_network_free(net);
    gp_dataset_free(&data);
}
END_TEST

START_TEST(spirals_are_learned)
{
    gp_error error;
    gp_status status;
    gp_network *net = make("dense:32:he_normal relu dense:32:he_normal relu dense:3", 2, 32);
    double accuracy = train(net, (gp_optimizer_options){.kind = GP_ADAM, .learning_rate = 0.01}, 12, &error, &status);
    ck_assert_int_eq(status, GP_OK);
    ck_assert_msg(accuracy > 0.9, "the spirals' accuracy is %g", accuracy);
    gp_network_free(net);
}
END_TEST

START_TEST(divergence_names_step_and_layer)
{
    gp_error error;
    gp_status status;
    gp_network *net = make("dense:32 relu dense:3", 2, 32);
    train(net, (gp_optimizer_options){.learning_rate = 1e20}, 1, &error, &status);
    ck_assert_int_eq(status, GP_FAILED);
    ck_assert_msg(strstr(error.message, "step") && strstr(error.message, "layer"), "%s", error.message);
    gp_network_free(net);
}
END_TEST

START_TEST(a_batch_of_one_is_refused_with_a_reason)
{
    gp_error error = {""};
    gp_dataset data;
    gp_network *net = make("dense:4 batchnorm dense:3", 2, 32);
    ck_assert_int_eq(gp_dataset_open(&data, "spirals", 1, &error), GP_OK);
    gp_optimizer *sgd = gp_optimizer_new(net, (gp_optimizer_options){0}, &error);
    gp_train_options options = {.batch = 1};
    ck_assert_int_eq(gp_train(net, sgd, &data, &options, &error), GP_BAD_INPUT);
    ck_assert_msg(strstr(error.message, "batch"), "%s", error.message);
    gp_optimizer_free(sgd);
    gp_network_free(net);
    gp_dataset_free(&data);
}
END_TEST

/* With all of the training set as one batch, the population's mean is that batch's mean. */
START_TEST(population_statistics_are_those_of_the_whole_set)
{
    gp_error error;
    gp_dataset data;
    ck_assert_int_eq(gp_dataset_open(&data, "spirals", 1, &error), GP_OK);
    gp_network *net = make("batchnorm dense:3", 2, 32);
    ck_assert_int_eq(gp_population_statistics(net, &data, 50, &error), GP_OK);
    gp_layer *norm = gp_network_layer(net, 0);
    for (size_t j = 0; j < 2; j++) { /* the data is standardized: mean 0, and variance 1 */
        gp_assert_near(gp_row(&norm->parameter[2].value, 0)[j], 0, 1e-4);
        gp_assert_near(gp_row(&norm->parameter[3].value, 0)[j], 1, 1e-2);
    }
    gp_network_free(net);
    gp_dataset_free(&data);
}
END_TEST

/* ---------------------------------------------------------------- checkpoints */

static char folder[64], path[128];

static void begin(void)
{
    gp_new_folder(folder);
    snprintf(path, sizeof path, "%s/net.safetensors", folder);
}

static void end(void)
{
    gp_remove_folder(folder);
}

static void same_parameters(gp_network *a, gp_network *b)
{
    for (size_t l = 0; l < gp_network_layers(a); l++)
        for (size_t p = 0; p < gp_network_layer(a, l)->parameters; p++) {
            gp_matrix *x = &gp_network_layer(a, l)->parameter[p].value, *y = &gp_network_layer(b, l)->parameter[p].value;
            for (size_t i = 0; i < x->rows; i++)
                ck_assert_msg(memcmp(gp_row(x, i), gp_row(y, i), x->cols * sizeof(gp_real)) == 0, "layer %zu, parameter %zu differs", l, p);
        }
}

/* Two epochs, then two more from a file, against four in one go; with dropout, RReLU and Adam. */
START_TEST(a_resumed_run_equals_an_unbroken_one)
{
    gp_error error = {""};
    gp_dataset data;
    ck_assert_int_eq(gp_dataset_open(&data, "spirals", 1, &error), GP_OK);
    gp_dataset_limit(&data, 300);
    gp_optimizer_options how = {.kind = GP_ADAM, .learning_rate = 0.003};
    gp_train_options two = {.epochs = 2, .seed = 9}, four = {.epochs = 4, .seed = 9};
    gp_checkpoint_metadata notes = {.epoch = 2, .seed = 9, .batch = 32, .data = "spirals"}, back;

    gp_network *unbroken = make(everything, 2, 32), *first = make(everything, 2, 32);
    gp_optimizer *a = gp_optimizer_new(unbroken, how, &error), *b = gp_optimizer_new(first, how, &error), *c;
    ck_assert_int_eq(gp_train(unbroken, a, &data, &four, &error), GP_OK);
    ck_assert_int_eq(gp_train(first, b, &data, &two, &error), GP_OK);
    ck_assert_msg(gp_checkpoint_save(path, first, b, &notes, &error) == GP_OK, "%s", error.message);
    gp_network *resumed = gp_checkpoint_load(path, &back, &c, &error);
    ck_assert_msg(resumed != NULL, "%s", error.message);
    ck_assert_uint_eq(back.epoch, 2);
    ck_assert_str_eq(back.data, "spirals");
    same_parameters(first, resumed);
    two.first_epoch = (size_t)back.epoch;
    ck_assert_int_eq(gp_train(resumed, c, &data, &two, &error), GP_OK);
    same_parameters(unbroken, resumed);
    gp_optimizer_free(a);
    gp_optimizer_free(b);
    gp_optimizer_free(c);
    gp_network_free(unbroken);
    gp_network_free(first);
    gp_network_free(resumed);
    gp_dataset_free(&data);
}
END_TEST

static size_t save_one(uint8_t *bytes, size_t room)
{
    gp_error error;
    gp_checkpoint_metadata notes = {.seed = 1, .batch = 32};
    gp_network *net = make("dense:4 batchnorm dense:3", 2, 8);
    ck_assert_int_eq(gp_checkpoint_save(path, net, NULL, &notes, &error), GP_OK);
    gp_network_free(net);
    FILE *file = fopen(path, "rb");
    size_t size = fread(bytes, 1, room, file);
    fclose(file);
    return size;
}

static void expect_refused(const uint8_t *bytes, size_t size)
{
    gp_error error = {""};
    gp_checkpoint_metadata notes;
    gp_optimizer *optimizer;
    FILE *file = fopen(path, "wb");
    fwrite(bytes, 1, size, file);
    fclose(file);
    gp_network *net = gp_checkpoint_load(path, &notes, &optimizer, &error);
    ck_assert_msg(net == NULL, "a broken file was read");
    ck_assert_msg(strstr(error.message, path) && strstr(error.message, "expected"), "%s", error.message);
}

START_TEST(a_checkpoint_cut_off_anywhere_is_refused)
{
    static uint8_t bytes[1 << 16];
    size_t size = save_one(bytes, sizeof bytes);
    for (size_t cut = 0; cut < size; cut += 7)
        expect_refused(bytes, cut);
}
END_TEST

START_TEST(a_header_that_lies_is_refused)
{
    static uint8_t bytes[1 << 16];
    size_t size = save_one(bytes, sizeof bytes);
    bytes[7] = 0x7f; /* a header of 2^62 bytes */
    expect_refused(bytes, size);
    bytes[7] = 0;
    char *text = (char *)bytes + 8;
    static const char *const lies[][2] = {
        {"[2,4]", "[4,2]"}, {"F32", "I32"}, {"gradient-problem 1", "gradient-problem 9"}, {"\"inputs\":\"2\"", "\"inputs\":\"3\""},
        {"dense:4", "dense:5"}, {"\"seed\"", "\"sead\""}, {"0.dense.kernel", "0.dense.kernal"}, {"{", "["}};
    for (size_t k = 0; k < sizeof lies / sizeof *lies; k++) {
        char *at = memmem(text, size - 8, lies[k][0], strlen(lies[k][0]));
        ck_assert_msg(at != NULL, "no %s in the header", lies[k][0]);
        memcpy(at, lies[k][1], strlen(lies[k][1]));
        expect_refused(bytes, size);
        memcpy(at, lies[k][0], strlen(lies[k][0]));
    }
}
END_TEST

START_TEST(flipped_bytes_never_crash_the_reader)
{
    static uint8_t bytes[1 << 16];
    size_t size = save_one(bytes, sizeof bytes), header = 8 + (size_t)bytes[0] + 256 * (size_t)bytes[1];
    gp_random r = gp_random_new(5);
    for (int k = 0; k < 400; k++) {
        size_t at = gp_random_below(&r, header);
        uint8_t old = bytes[at];
        bytes[at] = (uint8_t)gp_random_u32(&r);
        gp_error error = {""};
        gp_checkpoint_metadata notes;
        FILE *file = fopen(path, "wb");
        fwrite(bytes, 1, size, file);
        fclose(file);
        gp_network *net = gp_checkpoint_load(path, &notes, NULL, &error);
        if (net == NULL)
            ck_assert_uint_gt(strlen(error.message), 0);
        gp_network_free(net);
        bytes[at] = old;
    }
}
END_TEST

START_TEST(a_folder_that_is_not_there)
{
    gp_error error;
    gp_checkpoint_metadata notes = {0};
    gp_network *net = make("dense:3", 2, 8);
    ck_assert_int_eq(gp_checkpoint_save("/no/such/folder/x", net, NULL, &notes, &error), GP_FAILED);
    ck_assert_ptr_nonnull(strstr(error.message, "/no/such/folder/x"));
    gp_network_free(net);
}
END_TEST

/* The layout that Python's safetensors reads: aligned header, offsets without gaps up to the file's end. */
START_TEST(the_file_is_a_safetensors_file)
{
    static uint8_t bytes[1 << 16];
    size_t size = save_one(bytes, sizeof bytes), header = (size_t)bytes[0] + 256 * (size_t)bytes[1];
    ck_assert_uint_eq(header % 8, 0);
    ck_assert_int_eq(bytes[8], '{');
    size_t values = 2 * 4 + 4 + 4 * 4 + 4 * 3 + 3;
    ck_assert_uint_eq(size, 8 + header + 4 * values);
    char last[64];
    snprintf(last, sizeof last, "%zu]}", 4 * values);
    ck_assert_ptr_nonnull(memmem(bytes, size, last, strlen(last)));
    ck_assert_ptr_nonnull(memmem(bytes, size, "\"1.batchnorm.moving_variance\"", 29));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("train and checkpoint");
    TCase *steps = tcase_create("train");
    tcase_add_test(steps, a_step_can_be_watched_and_can_end_the_training);
    tcase_add_test(steps, claim_training_allocates_nothing);
    tcase_add_test(steps, spirals_are_learned);
    tcase_add_test(steps, divergence_names_step_and_layer);
    tcase_add_test(steps, a_batch_of_one_is_refused_with_a_reason);
    tcase_add_test(steps, population_statistics_are_those_of_the_whole_set);
    suite_add_tcase(suite, steps);
    TCase *files = tcase_create("checkpoint");
    tcase_add_checked_fixture(files, begin, end);
    tcase_add_test(files, a_resumed_run_equals_an_unbroken_one);
    tcase_add_test(files, a_checkpoint_cut_off_anywhere_is_refused);
    tcase_add_test(files, a_header_that_lies_is_refused);
    tcase_add_test(files, flipped_bytes_never_crash_the_reader);
    tcase_add_test(files, a_folder_that_is_not_there);
    tcase_add_test(files, the_file_is_a_safetensors_file);
    suite_add_tcase(suite, files);
    return gp_run_suite(suite);
}
