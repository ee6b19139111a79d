#define _GNU_SOURCE
#include "comma.h"
#include "allocations.h"
#include "files.h"
#include "gradient.h"
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>

/* ---------------------------------------------------------------- help */

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

static gp_network *make(const char *text, size_t inputs)
{
    gp_error error = {""};
    gp_network *net = gp_network_new(inputs, 1, &error);
    ck_assert_msg(gp_network_parse(net, text, &error) == GP_OK, "%s", error.message);
    return net;
}

static gp_matrix *weights_of(gp_network *net, size_t l, size_t p)
{
    return &gp_network_layer(net, l)->parameter[p].value;
}

static void save(gp_network *net, gp_optimizer *optimizer, const gp_checkpoint_metadata *metadata)
{
    gp_error error = {""};
    ck_assert_msg(gp_checkpoint_save(path, net, optimizer, metadata, &error) == GP_OK, "%s", error.message);
}

static gp_network *load(gp_checkpoint_metadata *metadata)
{
    gp_error error = {""};
    gp_network *net = gp_checkpoint_load(path, metadata, NULL, &error);
    ck_assert_msg(net != NULL, "%s", error.message);
    return net;
}

static size_t files_in_folder(void)
{
    size_t n = 0;
    DIR *d = opendir(folder);
    for (struct dirent *e; (e = readdir(d)) != NULL;)
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(d);
    return n;
}

static size_t read_file(uint8_t *bytes, size_t room)
{
    FILE *file = fopen(path, "rb");
    size_t size = fread(bytes, 1, room, file);
    fclose(file);
    return size;
}

static void write_file(const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

/* A file with this header, single quotes for double ones, and so many numbers behind it: 0, 1, 2 ... */
static void write_header(const char *header, size_t numbers)
{
    uint8_t bytes[1 << 14] = {0};
    size_t length = strlen(header);
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)((uint64_t)length >> 8 * i);
    for (size_t i = 0; i < length; i++)
        bytes[8 + i] = header[i] == '\'' ? '"' : (uint8_t)header[i];
    for (size_t i = 0; i < numbers; i++) {
        gp_real x = (gp_real)i;
        memcpy(bytes + 8 + length + i * sizeof x, &x, sizeof x);
    }
    write_file(bytes, 8 + length + numbers * sizeof(gp_real));
}

static void expect_refused(const char *words)
{
    gp_error error = {""};
    gp_checkpoint_metadata metadata;
    gp_optimizer *optimizer;
    gp_network *net = gp_checkpoint_load(path, &metadata, &optimizer, &error);
    ck_assert_msg(net == NULL, "a broken file was read (%s)", words);
    ck_assert_ptr_null(optimizer);
    ck_assert_ptr_null(metadata.mean.at);
    ck_assert_msg(strstr(error.message, path) && strstr(error.message, "expected") && strstr(error.message, words),
                  "\"%s\" does not hold \"%s\"", error.message, words);
}

/* ---------------------------------------------------------------- what is kept */

static const char *const everything = "dense:16:he_normal:nobias batchnorm relu dense:16 prelu rrelu dense:16 selu alpha_dropout:0.1 "
                                      "dropout:0.2 dense:3";

static void same_parameters(gp_network *a, gp_network *b)
{
    ck_assert_uint_eq(gp_network_layers(a), gp_network_layers(b));
    for (size_t l = 0; l < gp_network_layers(a); l++)
        for (size_t p = 0; p < gp_network_layer(a, l)->parameters; p++) {
            gp_matrix *x = weights_of(a, l, p), *y = weights_of(b, l, p);
            for (size_t i = 0; i < x->rows; i++)
                ck_assert_msg(memcmp(gp_row(x, i), gp_row(y, i), x->cols * sizeof(gp_real)) == 0, "layer %zu, parameter %zu differs", l, p);
        }
}

/* Two epochs, then two more from a file, against four in one go; with dropout, RReLU and Adam. */
START_TEST(claim_a_resumed_training_is_the_unbroken_one)
{
    gp_error error = {""};
    gp_dataset data;
    ck_assert_int_eq(gp_dataset_open(&data, "spirals", 1, &error), GP_OK);
    gp_dataset_limit(&data, 300);
    gp_optimizer_options how = gp_adam(.learning_rate = 0.003);
    gp_train_options two = gp_train_options_with(.epochs = 2, .seed = 9), four = gp_train_options_with(.epochs = 4, .seed = 9);
    gp_checkpoint_metadata metadata = {.epoch = 2, .seed = 9, .batch = 32, .data = "spirals"}, back;

    gp_network *unbroken = make(everything, 2), *first = make(everything, 2);
    gp_optimizer *a = gp_optimizer_new(unbroken, how, &error), *b = gp_optimizer_new(first, how, &error), *c;
    ck_assert_int_eq(gp_train(unbroken, a, &data, &four, &error), GP_OK);
    ck_assert_int_eq(gp_train(first, b, &data, &two, &error), GP_OK);
    save(first, b, &metadata);
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
    gp_checkpoint_metadata_free(&back);
    gp_dataset_free(&data);
}
END_TEST

START_TEST(it_holds_the_mean_and_deviation_of_the_inputs)
{
    gp_error error = {""};
    gp_dataset data;
    gp_checkpoint_metadata metadata = {.epoch = 3, .seed = UINT64_MAX}, back;
    ck_assert_int_eq(gp_dataset_open(&data, "spirals", 1, &error), GP_OK);
    char *names[] = {"left, \"up\"", "right\n", "\xc3\xa4"}, **known = data.class_names;
    data.class_names = names;
    ck_assert_int_eq(gp_checkpoint_describe(&metadata, &data, &error), GP_OK);
    data.class_names = known;
    gp_network *net = make("dense:3", 2);
    save(net, NULL, &metadata);
    gp_network *again = load(&back);
    ck_assert_uint_eq(back.seed, UINT64_MAX);
    ck_assert_uint_eq(back.epoch, 3);
    ck_assert_uint_eq(back.samples, data.train.count);
    ck_assert_str_eq(back.data, "spirals");
    ck_assert_mem_eq(gp_row(&back.mean, 0), gp_row(&data.mean, 0), 2 * sizeof(gp_real));
    ck_assert_mem_eq(gp_row(&back.deviation, 0), gp_row(&data.deviation, 0), 2 * sizeof(gp_real));
    ck_assert_uint_eq(back.classes, 3);
    for (int i = 0; i < 3; i++)
        ck_assert_str_eq(back.class_names[i], names[i]);
    gp_checkpoint_metadata_free(&back);
    gp_checkpoint_metadata_free(&back); /* twice is harmless */
    gp_checkpoint_metadata_free(&metadata);
    gp_network_free(net);
    gp_network_free(again);
    gp_dataset_free(&data);
}
END_TEST

START_TEST(metadata_and_optimizer_may_be_left_out)
{
    gp_error error = {""};
    gp_checkpoint_metadata back;
    gp_network *net = make("dense:4 batchnorm dense:3", 2);
    save(net, NULL, NULL);
    gp_network *again = gp_checkpoint_load(path, NULL, NULL, &error);
    ck_assert_msg(again != NULL, "%s", error.message);
    same_parameters(net, again);
    gp_network_free(again);
    gp_optimizer *optimizer = (gp_optimizer *)net;
    again = gp_checkpoint_load(path, &back, &optimizer, &error);
    ck_assert_ptr_nonnull(again);
    ck_assert_ptr_null(optimizer);
    ck_assert_uint_eq(back.epoch, 0);
    ck_assert_str_eq(back.data, "");
    ck_assert_ptr_null(gp_checkpoint_load("/no/such/file", NULL, NULL, NULL));
    gp_network_free(again);
    gp_network_free(net);
}
END_TEST

/* What inference needs, and nothing else; the bias as a vector; version 1. */
START_TEST(a_small_file_of_version_1_is_read)
{
    write_header("{'__metadata__':{'format':'gradient-problem 1','specification':'dense:2','inputs':'1'},"
                 "'0.dense.kernel':{'dtype':'F32','shape':[1,2],'data_offsets':[8,16]},"
                 "'0.dense.bias':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}}", 4);
    gp_network *net = load(NULL);
    for (int j = 0; j < 2; j++) {
        ck_assert(gp_row(weights_of(net, 0, 0), 0)[j] == (gp_real)(2 + j));
        ck_assert(gp_row(weights_of(net, 0, 1), 0)[j] == (gp_real)j);
    }
    gp_network_free(net);
}
END_TEST

/* As it was written before format 2: all options of all kinds, zero for no limit. */
START_TEST(claim_a_training_of_version_1_goes_on)
{
    gp_error error = {""};
    static const double rates[] = {0.25, 0.001};
    for (int kind = 0; kind < 4; kind += 3) {
        char header[1536];
        gp_checkpoint_metadata back;
        gp_optimizer *optimizer;
        snprintf(header, sizeof header, "{'__metadata__':{'format':'gradient-problem 1','specification':'dense:2:nobias','data':'spirals',"
                 "'schedule':'1cycle','inputs':'1','network_seed':'5','random_position':'7','seed':'3','batch':'16','samples':'400','epoch':'4',"
                 "'optimizer':'%d','adam_form':'1','steps':'100','learning_rate':'%.17g','momentum':'0.90000000000000002',"
                 "'beta1':'0.90000000000000002','beta2':'0.999','epsilon':'9.9999999999999995e-08','weight_decay':'0','clip_norm':'0',"
                 "'clip_value':'0'},'0.dense.kernel':{'dtype':'F32','shape':[1,2],'data_offsets':[0,8]}%s}", kind, rates[kind / 3],
                 kind == 0 ? "" : ",'optimizer.0.0':{'dtype':'F32','shape':[1,2],'data_offsets':[8,16]},"
                                  "'optimizer.1.0':{'dtype':'F32','shape':[1,2],'data_offsets':[16,24]}");
        write_header(header, kind == 0 ? 2 : 6);
        gp_network *net = gp_checkpoint_load(path, &back, &optimizer, &error);
        ck_assert_msg(net != NULL, "%s", error.message);
        ck_assert_ptr_nonnull(optimizer);
        gp_optimizer_options o = gp_optimizer_settings(optimizer);
        ck_assert_int_eq((int)o.kind, kind);
        ck_assert(o.learning_rate == rates[kind / 3]);
        ck_assert(kind == 0 || (o.beta1 == 0.9 && o.epsilon == 1e-7));
        ck_assert_uint_eq(gp_optimizer_steps(optimizer), 100);
        ck_assert_uint_eq(gp_network_seed(net), 5);
        ck_assert_uint_eq(gp_network_random_position(net), 7);
        ck_assert_str_eq(back.schedule, "1cycle");
        ck_assert_uint_eq(back.batch, 16);
        ck_assert_uint_eq(back.samples, 400);
        ck_assert_uint_eq(back.epoch, 4);
        ck_assert_uint_eq(back.epochs, 0);
        gp_optimizer_free(optimizer);
        gp_network_free(net);
        gp_checkpoint_metadata_free(&back);
    }
}
END_TEST

START_TEST(what_a_training_needs_comes_back)
{
    gp_error error = {""};
    gp_optimizer *back;
    gp_checkpoint_metadata metadata = {.epoch = 3, .epochs = 9, .finished = 1, .seed = 4, .batch = 5, .samples = 6, .data = "data", .schedule = "step:2:0.5"}, m;
    gp_network *net = make("dense:2", 1);
    gp_optimizer *o = gp_optimizer_new(net, gp_nesterov(.learning_rate = 0.3, .momentum = 0, .weight_decay = 1e-3, .clip_norm = 2, .clip_value = 0.5), &error);
    gp_optimizer_set_steps(o, 1234567);
    save(net, o, &metadata);
    gp_network *again = gp_checkpoint_load(path, &m, &back, &error);
    ck_assert_msg(again != NULL, "%s", error.message);
    ck_assert(m.epoch == 3 && m.epochs == 9 && m.finished == 1 && m.seed == 4 && m.batch == 5 && m.samples == 6);
    ck_assert_str_eq(m.data, "data");
    ck_assert_str_eq(m.schedule, "step:2:0.5");
    gp_optimizer_options s = gp_optimizer_settings(back);
    ck_assert(s.kind == GP_NESTEROV && s.learning_rate == 0.3 && s.momentum == 0 && s.weight_decay == 1e-3 && s.clip_norm == 2 && s.clip_value == 0.5);
    ck_assert_uint_eq(gp_optimizer_steps(back), 1234567);
    gp_optimizer_free(o);
    gp_optimizer_free(back);
    gp_network_free(net);
    gp_network_free(again);
    /* the options that a file does not name are the usual ones */
    write_header("{'__metadata__':{'format':'gradient-problem 2','specification':'dense:2:nobias','inputs':'1','optimizer':'0'},"
                 "'0.dense.kernel':{'dtype':'F32','shape':[1,2],'data_offsets':[0,8]}}", 2);
    again = gp_checkpoint_load(path, NULL, &back, &error);
    ck_assert_msg(again != NULL, "%s", error.message);
    ck_assert(gp_optimizer_settings(back).learning_rate == 0.01);
    gp_optimizer_free(back);
    gp_network_free(again);
}
END_TEST

START_TEST(a_locale_with_decimal_commas_changes_nothing)
{
    gp_error error = {""};
    gp_optimizer *back;
    static uint8_t a[1 << 14], b[1 << 14];
    gp_network *net = make("dense:4 leaky_relu:0.3 dense:3", 2);
    gp_optimizer *o = gp_optimizer_new(net, gp_momentum(.learning_rate = 0.125), &error);
    save(net, o, NULL);
    size_t size = read_file(a, sizeof a);
    if (!gp_set_comma_locale())
        puts("SKIP a locale with decimal commas: none is installed");
    save(net, o, NULL);
    ck_assert_uint_eq(read_file(b, sizeof b), size);
    ck_assert_mem_eq(a, b, size);
    gp_network *again = gp_checkpoint_load(path, NULL, &back, &error);
    ck_assert_msg(again != NULL, "%s", error.message);
    ck_assert(gp_optimizer_settings(back).learning_rate == 0.125);
    setlocale(LC_ALL, "C");
    gp_optimizer_free(o);
    gp_optimizer_free(back);
    gp_network_free(net);
    gp_network_free(again);
}
END_TEST

/* ---------------------------------------------------------------- a good file is not lost */

START_TEST(claim_a_failed_allocation_leaves_the_old_checkpoint)
{
    gp_error error = {""};
    gp_checkpoint_metadata metadata = {.epoch = 1, .data = "spirals"};
    gp_network *net = make("dense:4 batchnorm dense:3", 2);
    gp_optimizer *adam = gp_optimizer_new(net, gp_adam(), &error);
    gp_real *first = gp_row(weights_of(net, 0, 0), 0);
    *first = -1;
    save(net, adam, &metadata);
    size_t failures = 0;
    for (long n = 0; GP_COUNTS_ALLOCATIONS; n++) {
        *first = (gp_real)n;
        gp_fail_allocation((size_t)n + 1);
        gp_status s = gp_checkpoint_save(path, net, adam, &metadata, &error);
        bool all_done = !gp_allocation_failed;
        gp_fail_allocation(0);
        gp_network *again = load(NULL);
        ck_assert_uint_eq(files_in_folder(), 1);
        if (s == GP_OK) {
            ck_assert(gp_row(weights_of(again, 0, 0), 0)[0] == (gp_real)n);
            *first = -1;
            save(net, adam, &metadata);
        } else {
            failures++;
            ck_assert(gp_row(weights_of(again, 0, 0), 0)[0] == -1);
        }
        gp_network_free(again);
        if (all_done)
            break;
    }
    ck_assert_msg(!GP_COUNTS_ALLOCATIONS || failures > 50, "%zu allocations failed", failures);
    gp_optimizer_free(adam);
    gp_network_free(net);
}
END_TEST

START_TEST(an_allocation_that_fails_while_reading_is_told)
{
    gp_error error = {""};
    gp_checkpoint_metadata metadata = {.epoch = 1, .data = "spirals"}, back;
    gp_network *net = make("dense:4 batchnorm dense:3", 2);
    gp_optimizer *adam = gp_optimizer_new(net, gp_adam(), &error), *found;
    save(net, adam, &metadata);
    for (long n = 0; GP_COUNTS_ALLOCATIONS; n++) {
        gp_fail_allocation((size_t)n + 1);
        error.message[0] = '\0';
        gp_network *again = gp_checkpoint_load(path, &back, &found, &error);
        bool all_done = !gp_allocation_failed;
        gp_fail_allocation(0);
        ck_assert(again != NULL || error.message[0] != '\0');
        if (again == NULL)
            ck_assert_ptr_null(found);
        gp_optimizer_free(found);
        gp_network_free(again);
        gp_checkpoint_metadata_free(&back);
        if (all_done)
            break;
    }
    gp_optimizer_free(adam);
    gp_network_free(net);
}
END_TEST

START_TEST(weights_that_are_no_numbers_are_not_saved)
{
    gp_error error = {""};
    gp_network *net = make("dense:4 dense:3", 2);
    save(net, NULL, NULL);
    gp_row(weights_of(net, 1, 0), 2)[1] = (gp_real)NAN;
    ck_assert_int_eq(gp_checkpoint_save(path, net, NULL, NULL, &error), GP_FAILED);
    ck_assert_msg(strstr(error.message, "1.dense.kernel") && strstr(error.message, "finite"), "%s", error.message);
    gp_network *old = load(NULL);
    ck_assert(isfinite(gp_row(weights_of(old, 1, 0), 2)[1]));
    gp_network_free(old);
    gp_network_free(net);
}
END_TEST

static int nothing(gp_layer *layer)
{
    return layer == NULL;
}

static void copy_forward(gp_layer *layer, const gp_matrix *x, gp_matrix *y, const gp_pass *pass)
{
    ck_assert(!nothing(layer) && pass != NULL);
    gp_matrix_copy(y, x);
}

static const gp_layer_type copier = {.name = "copier", .forward = copy_forward};

START_TEST(a_layer_that_is_not_registered_is_not_saved)
{
    gp_error error = {""};
    gp_network *net = make("dense:4", 2);
    ck_assert_int_eq(gp_network_add(net, gp_layer_new(&copier, sizeof(gp_layer), 4, 4, &error), &error), GP_OK);
    ck_assert_int_eq(gp_checkpoint_save(path, net, NULL, NULL, &error), GP_BAD_INPUT);
    ck_assert_msg(strstr(error.message, "copier") && strstr(error.message, "layer 2"), "%s", error.message);
    gp_network_free(net);
    net = make("dense:4", 2); /* nor inside another one */
    gp_chain *inside = gp_chain_new(4, &error);
    ck_assert_int_eq(gp_chain_add(inside, gp_layer_new(&copier, sizeof(gp_layer), 4, 4, &error), &error), GP_OK);
    ck_assert_int_eq(gp_network_add(net, gp_residual_new(inside, 1, false, &error), &error), GP_OK);
    ck_assert_int_eq(gp_checkpoint_save(path, net, NULL, NULL, &error), GP_BAD_INPUT);
    ck_assert_msg(strstr(error.message, "copier") && strstr(error.message, "layer 2"), "%s", error.message);
    ck_assert_uint_eq(files_in_folder(), 0);
    gp_network_free(net);
}
END_TEST

static const gp_layer_type marked = {.name = "marked", .forward = copy_forward};

static gp_layer *make_marked(const gp_recipe *recipe, gp_error *error)
{
    gp_layer *layer = gp_layer_new(&marked, sizeof(gp_layer), recipe->inputs, recipe->inputs, error);
    if (layer != NULL && gp_layer_parameter(layer, "mark", 1, recipe->inputs, true, error) != GP_OK) {
        gp_layer_free(layer);
        return NULL;
    }
    return layer;
}

static const gp_word marked_row = {.word = "marked", .make = make_marked, .per_input = 1};

START_TEST(a_registered_layer_comes_back)
{
    gp_error error = {""};
    ck_assert_msg(gp_layer_register(&marked_row, &error) == GP_OK, "%s", error.message);
    gp_network *net = make("dense:4", 2);
    gp_layer *layer = make_marked(&(gp_recipe){.inputs = 4}, &error);
    gp_row(&layer->parameter[0].value, 0)[2] = 7;
    ck_assert_int_eq(gp_network_add(net, layer, &error), GP_OK);
    save(net, NULL, NULL);
    gp_network *again = load(NULL);
    same_parameters(net, again);
    ck_assert(gp_network_layer(again, 1)->type == &marked);
    gp_network_free(net);
    gp_network_free(again);
}
END_TEST

/* Layers made by their functions, with arguments that are no defaults; layers inside layers, with what Adam remembers of them. */
START_TEST(layers_come_back_with_all_their_arguments)
{
    gp_error error = {""};
    gp_optimizer *back;
    gp_network *net = make("dense:4:he_normal residual:0.3:trained(layernorm:1e-3 dense:4:nobias hard_sigmoid:0.25:0.75) dense:3", 2);
    ck_assert_int_eq(gp_network_add(net, gp_activation_new(&gp_leaky_relu, 3, (gp_activation_arguments){(gp_real)0.125, 0}, &error), &error), GP_OK);
    gp_optimizer *adam = gp_optimizer_new(net, gp_adam(0), &error);
    for (size_t p = 0; p < gp_optimizer_parameters(adam); p++)
        gp_row(gp_optimizer_state(adam, p, 1), 0)[0] = (gp_real)(p + 1);
    save(net, adam, NULL);
    gp_network *again = gp_checkpoint_load(path, NULL, &back, &error);
    ck_assert_msg(again != NULL, "%s", error.message);
    char *a = gp_chain_specification(gp_network_chain(net), &error), *b = gp_chain_specification(gp_network_chain(again), &error);
    ck_assert_str_eq(a, b);
    ck_assert_ptr_nonnull(strstr(a, "hard_sigmoid:0.25:0.75"));
    ck_assert_ptr_nonnull(strstr(a, "leaky_relu:0.125"));
    free(a);
    free(b);
    size_t walked = 0;
    gp_walk x = gp_chain_walk(gp_network_chain(net)), y = gp_chain_walk(gp_network_chain(again));
    for (; gp_walk_parameter(&x) && gp_walk_parameter(&y); walked++)
        for (size_t i = 0; i < x.parameter->value.rows; i++)
            ck_assert_mem_eq(gp_row(&x.parameter->value, i), gp_row(&y.parameter->value, i), x.parameter->value.cols * sizeof(gp_real));
    ck_assert_uint_ge(walked, 8);
    ck_assert_uint_eq(gp_optimizer_parameters(back), gp_optimizer_parameters(adam));
    for (size_t p = 0; p < gp_optimizer_parameters(adam); p++)
        ck_assert(gp_row(gp_optimizer_state(back, p, 1), 0)[0] == (gp_real)(p + 1));
    gp_optimizer_free(adam);
    gp_optimizer_free(back);
    gp_network_free(net);
    gp_network_free(again);
}
END_TEST

/* A file of some kilobytes may not ask for more parameters than it can hold, whatever the layers are called. */
START_TEST(claim_a_small_file_cannot_ask_for_a_large_network)
{
    static const char *const greedy[] = {"20*(batchnorm)", "20*(prelu)", "9*(layernorm)", "dense:1000000", "residual(batchnorm)", "100*(batchnorm)"};
    for (size_t k = 0; k < sizeof greedy / sizeof *greedy; k++) {
        char header[512];
        snprintf(header, sizeof header, "{'__metadata__':{'format':'gradient-problem 2','specification':'%s','inputs':'1048576'}}", greedy[k]);
        write_header(header, 0);
        expect_refused("parameters");
    }
}
END_TEST

/* ---------------------------------------------------------------- names, links, devices, rights */

static void cannot_save(const char *where, const char *words)
{
    gp_error error = {""}, same = {""};
    gp_network *net = make("dense:3", 2);
    ck_assert_int_eq(gp_checkpoint_save(where, net, NULL, NULL, &error), GP_FAILED);
    ck_assert_msg(strstr(error.message, where) && strstr(error.message, words), "\"%s\" does not hold \"%s\"", error.message, words);
    ck_assert_int_eq(gp_checkpoint_writable(where, &same), GP_FAILED);
    ck_assert_str_eq(error.message, same.message);
    gp_network_free(net);
}

START_TEST(only_a_file_can_be_written)
{
    char pipe[128], nowhere[128];
    struct stat s;
    cannot_save("/no/such/folder/x", "No such file");
    cannot_save(folder, "directory");
    cannot_save("/dev/null", "found a device");
    ck_assert(stat("/dev/null", &s) == 0 && S_ISCHR(s.st_mode));
    snprintf(pipe, sizeof pipe, "%s/pipe", folder);
    ck_assert_int_eq(mkfifo(pipe, 0600), 0);
    cannot_save(pipe, "a pipe");
    snprintf(nowhere, sizeof nowhere, "%s/link", folder);
    ck_assert_int_eq(symlink("/no/such/place", nowhere), 0);
    cannot_save(nowhere, "No such file");
    gp_error error = {""};
    ck_assert_ptr_null(gp_checkpoint_load(pipe, NULL, NULL, &error)); /* and does not wait */
    ck_assert_ptr_nonnull(strstr(error.message, "expected a file"));
    ck_assert_uint_eq(files_in_folder(), 2);
}
END_TEST

START_TEST(trying_a_name_leaves_nothing_behind)
{
    gp_error error = {""};
    ck_assert_int_eq(gp_checkpoint_writable(path, &error), GP_OK);
    ck_assert_uint_eq(files_in_folder(), 0);
}
END_TEST

START_TEST(claim_a_link_stays_and_its_file_is_replaced)
{
    char link[128], trap[160], other[128], text[8] = "";
    struct stat s;
    gp_network *net = make("dense:3", 2);
    snprintf(link, sizeof link, "%s/link", folder);
    snprintf(other, sizeof other, "%s/other", folder);
    snprintf(trap, sizeof trap, "%s.new", path); /* where the temporary file was once */
    gp_write(folder, "other", "keep me", 7);
    ck_assert_int_eq(symlink(other, trap), 0);
    ck_assert_int_eq(symlink("net.safetensors", link), 0);
    save(net, NULL, NULL);
    gp_error error = {""};
    gp_row(weights_of(net, 0, 0), 0)[0] = 7;
    ck_assert_msg(gp_checkpoint_save(link, net, NULL, NULL, &error) == GP_OK, "%s", error.message);
    ck_assert(lstat(link, &s) == 0 && S_ISLNK(s.st_mode));
    gp_network *again = load(NULL);
    ck_assert(gp_row(weights_of(again, 0, 0), 0)[0] == 7);
    FILE *file = fopen(other, "r");
    ck_assert_ptr_nonnull(fgets(text, sizeof text, file));
    fclose(file);
    ck_assert_str_eq(text, "keep me");
    gp_network_free(again);
    gp_network_free(net);
}
END_TEST

START_TEST(a_file_keeps_its_rights)
{
    struct stat s;
    gp_network *net = make("dense:3", 2);
    mode_t old = umask(027);
    save(net, NULL, NULL);
    ck_assert(stat(path, &s) == 0);
    ck_assert_int_eq(s.st_mode & 0777, 0640);
    ck_assert_int_eq(chmod(path, 0604), 0);
    save(net, NULL, NULL);
    ck_assert(stat(path, &s) == 0);
    ck_assert_int_eq(s.st_mode & 0777, 0604);
    umask(old);
    ck_assert_int_eq(chmod(path, 0444), 0);
    if (geteuid() != 0)
        cannot_save(path, "denied");
    gp_network_free(net);
}
END_TEST

/* ---------------------------------------------------------------- the format */

static size_t save_one(uint8_t *bytes, size_t room)
{
    gp_checkpoint_metadata metadata = {.seed = 1, .batch = 32};
    gp_network *net = make("dense:4 batchnorm dense:3", 2);
    save(net, NULL, &metadata);
    gp_network_free(net);
    return read_file(bytes, room);
}

/* The layout that Python's safetensors reads: aligned header, offsets without gaps up to the file's end. */
START_TEST(a_header_that_is_no_json_is_refused_with_its_place)
{
    gp_error error = {""};
    gp_write(folder, "net.safetensors", "\x07\0\0\0\0\0\0\0{\"a\":?}", 15);
    ck_assert_ptr_null(gp_checkpoint_load(path, NULL, NULL, &error));
    ck_assert_msg(strstr(error.message, "byte 14: expected a JSON header") != NULL, "%s", error.message);
}
END_TEST

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

START_TEST(numbers_are_written_lowest_byte_first)
{
    static uint8_t bytes[1 << 14];
    gp_network *net = make("dense:1:nobias", 1);
    gp_row(weights_of(net, 0, 0), 0)[0] = (gp_real)-1.5;
    save(net, NULL, NULL);
    size_t size = read_file(bytes, sizeof bytes);
    static const uint8_t want[4] = {0, 0, 0xc0, 0xbf};
    ck_assert_mem_eq(bytes + size - 4, want, 4);
    gp_network_free(net);
}
END_TEST

START_TEST(a_checkpoint_cut_off_anywhere_is_refused)
{
    static uint8_t bytes[1 << 16];
    size_t size = save_one(bytes, sizeof bytes);
    for (size_t cut = 0; cut < size; cut += 7) {
        write_file(bytes, cut);
        expect_refused("");
    }
}
END_TEST

START_TEST(a_header_that_lies_is_refused)
{
    static uint8_t bytes[1 << 16];
    size_t size = save_one(bytes, sizeof bytes);
    bytes[7] = 0x7f; /* a header of 2^62 bytes */
    write_file(bytes, size);
    expect_refused("byte 0");
    bytes[7] = 0;
    char *text = (char *)bytes + 8;
    static const char *const lies[][3] = {
        {"[2,4]", "[4,2]", "0.dense.kernel"}, {"[2,4]", "[2,5]", "bytes"}, {"[2,4]", "[-2,", ""}, {"F32", "I32", "F32"},
        {"F32", "F33", "known dtype"}, {"gradient-problem 2", "gradient-problem 9", "format"},
        {"\"inputs\":\"2\"", "\"inputs\":\"3\"", "parameters"}, {"\"inputs\"", "\"imputs\"", "inputs"}, {"dense:4", "dense:5", ""},
        {"\"seed\":\"1\"", "\"seed\":\"-\"", "seed"}, {"\"epoch\":\"0\"", "\"epoch\":\"x\"", "epoch"},
        {"0.dense.kernel", "0.dense.kernal", "0.dense.kernel"}, {"0.dense.kernel", "0.dense.bias\",", ""}, {"{", "[", "JSON"}};
    for (size_t k = 0; k < sizeof lies / sizeof *lies; k++) {
        char *at = memmem(text, size - 8, lies[k][0], strlen(lies[k][0]));
        ck_assert_msg(at != NULL, "no %s in the header", lies[k][0]);
        memcpy(at, lies[k][1], strlen(lies[k][1]));
        write_file(bytes, size);
        expect_refused(lies[k][2]);
        memcpy(at, lies[k][0], strlen(lies[k][0]));
    }
}
END_TEST

#define META "{'__metadata__':{'format':'gradient-problem 2','specification':'dense:2','inputs':'1'},"

START_TEST(claim_every_byte_belongs_to_one_tensor)
{
    const char *kernel = "'0.dense.kernel':{'dtype':'F32','shape':[1,2],'data_offsets':[0,8]},";
    static const struct {
        const char *rest, *words;
        size_t numbers;
    } wrong[] = {
        {"'0.dense.bias':{'dtype':'F32','shape':[1,2],'data_offsets':[4,12]}}", "begin at byte 8", 3},
        {"'0.dense.bias':{'dtype':'F32','shape':[1,2],'data_offsets':[0,8]}}", "begin at byte 8", 2},
        {"'0.dense.bias':{'dtype':'F32','shape':[1,2],'data_offsets':[12,20]}}", "begin at byte 8", 5},
        {"'0.dense.bias':{'dtype':'F32','shape':[1,2],'data_offsets':[8,16]}}", "no bytes that belong", 5},
        {"'0.dense.bias':{'dtype':'F32','shape':[1,2],'data_offsets':[8,16]},'x':{'dtype':'F32','shape':[1],'data_offsets':[8,12]}}",
         "begin at byte", 4},
        {"'0.dense.bias':{'dtype':'Q7','shape':[1,2],'data_offsets':[8,16]}}", "known dtype", 4},
        {"'0.dense.bias':{'dtype':'F64','shape':[1,1],'data_offsets':[8,16]}}", "another type or shape", 4},
        {"'0.dense.bias':{'dtype':'F32','shape':[4294967296,4294967296,2],'data_offsets':[8,16]}}", "shape", 4},
        {"'0.dense.bias':{'dtype':'F32','shape':2,'data_offsets':[8,16]}}", "shape", 4},
        {"'0.dense.bias':{'dtype':'F32','shape':[],'data_offsets':[8,12]}}", "at most 3 parameters", 3},
        {"'0.dense.bias':{'dtype':'F32','shape':[2],'data_offsets':[16,8]}}", "bytes", 4},
        {"'0.dense.bias':{'dtype':'F32','shape':[2],'data_offsets':[-8,0]}}", "bytes", 4},
        {"'0.dense.bias':{'dtype':'F32','shape':[2]}}", "data_offsets", 4},
        {"'0.dense.bias':7}", "data_offsets", 4},
        {"'input.mean':{'dtype':'F32','shape':[2],'data_offsets':[8,16]}}", "input.deviation", 4},
    };
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
        char header[1024];
        snprintf(header, sizeof header, "%s%s%s", META, kernel, wrong[k].rest);
        write_header(header, wrong[k].numbers);
        expect_refused(wrong[k].words);
    }
    /* an empty tensor between two others, and one of another type that nobody asks for, are right */
    write_header(META "'0.dense.kernel':{'dtype':'F32','shape':[1,2],'data_offsets':[0,8]},'e':{'dtype':'F16','shape':[0,7],'data_offsets':"
                 "[8,8]},'0.dense.bias':{'dtype':'F32','shape':[1,2],'data_offsets':[8,16]},'u':{'dtype':'U8','shape':[4],'data_offsets':"
                 "[16,20]}}", 5);
    gp_network_free(load(NULL));
}
END_TEST

START_TEST(metadata_of_the_wrong_kind_are_refused)
{
    static const char *const wrong[][2] = {
        {"'epoch':3", "epoch"}, {"'seed':'99999999999999999999999'", "seed"}, {"'data':7", "data"}, {"'class_names':'[1]'", "class_names"},
        {"'class_names':'x'", "class_names"}, {"'class_names':'[]'", "class_names"}, {"'optimizer':'9'", "optimizer"},
        {"'optimizer':'0','learning_rate':'fast'", "learning_rate"}, {"'random_position':'-1'", "random_position"}};
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
        char header[1024];
        snprintf(header, sizeof header, "{'__metadata__':{'format':'gradient-problem 2','specification':'dense:2','inputs':'1',%s},"
                 "'0.dense.kernel':{'dtype':'F32','shape':[1,2],'data_offsets':[0,8]},"
                 "'0.dense.bias':{'dtype':'F32','shape':[2],'data_offsets':[8,16]}}", wrong[k][0]);
        write_header(header, 4);
        expect_refused(wrong[k][1]);
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
        gp_checkpoint_metadata metadata;
        write_file(bytes, size);
        gp_network *net = gp_checkpoint_load(path, &metadata, NULL, &error);
        if (net == NULL)
            ck_assert_uint_gt(strlen(error.message), 0);
        gp_checkpoint_metadata_free(&metadata);
        gp_network_free(net);
        bytes[at] = old;
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("checkpoint");
    TCase *files = tcase_create("checkpoint");
    tcase_set_timeout(files, 60);
    tcase_add_checked_fixture(files, begin, end);
    tcase_add_test(files, claim_a_resumed_training_is_the_unbroken_one);
    tcase_add_test(files, it_holds_the_mean_and_deviation_of_the_inputs);
    tcase_add_test(files, metadata_and_optimizer_may_be_left_out);
    tcase_add_test(files, a_small_file_of_version_1_is_read);
    tcase_add_test(files, claim_a_training_of_version_1_goes_on);
    tcase_add_test(files, what_a_training_needs_comes_back);
    tcase_add_test(files, a_locale_with_decimal_commas_changes_nothing);
    tcase_add_test(files, claim_a_failed_allocation_leaves_the_old_checkpoint);
    tcase_add_test(files, an_allocation_that_fails_while_reading_is_told);
    tcase_add_test(files, weights_that_are_no_numbers_are_not_saved);
    tcase_add_test(files, a_layer_that_is_not_registered_is_not_saved);
    tcase_add_test(files, a_registered_layer_comes_back);
    tcase_add_test(files, layers_come_back_with_all_their_arguments);
    tcase_add_test(files, claim_a_small_file_cannot_ask_for_a_large_network);
    tcase_add_test(files, only_a_file_can_be_written);
    tcase_add_test(files, trying_a_name_leaves_nothing_behind);
    tcase_add_test(files, claim_a_link_stays_and_its_file_is_replaced);
    tcase_add_test(files, a_file_keeps_its_rights);
    tcase_add_test(files, a_header_that_is_no_json_is_refused_with_its_place);
    tcase_add_test(files, the_file_is_a_safetensors_file);
    tcase_add_test(files, numbers_are_written_lowest_byte_first);
    tcase_add_test(files, a_checkpoint_cut_off_anywhere_is_refused);
    tcase_add_test(files, a_header_that_lies_is_refused);
    tcase_add_test(files, claim_every_byte_belongs_to_one_tensor);
    tcase_add_test(files, metadata_of_the_wrong_kind_are_refused);
    tcase_add_test(files, flipped_bytes_never_crash_the_reader);
    suite_add_tcase(suite, files);
    return gp_run_suite(suite);
}
