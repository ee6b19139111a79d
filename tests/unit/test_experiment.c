/* The module experiment: options, records, spreads, verdicts, what is refused, and a record that is whole or not there. */
#define _GNU_SOURCE
#include "aborts.h"
#include "experiment.h"
#include "files.h"
#include <fcntl.h>
#include <jansson.h>
#include <sys/stat.h>

static char folder[64];

static void enter_folder(void)
{
    gp_new_folder(folder);
    ck_assert_int_eq(chdir(folder), 0);
}

static void leave_folder(void)
{
    ck_assert_int_eq(chdir("/"), 0);
    gp_remove_folder(folder);
}

static const char *slurp(const char *path)
{
    static char text[65536];
    FILE *file = fopen(path, "r");
    ck_assert_msg(file != NULL, "%s is missing", path);
    const size_t n = fread(text, 1, sizeof text - 1, file);
    text[n] = 0;
    fclose(file);
    return text;
}

static int count(char **argv)
{
    int n = 0;
    while (argv[n] != NULL)
        n++;
    return n;
}

/* Runs an experiment in a child; what it said goes to `out' and `err' of the folder. Returns its status. */
static int run(int (*experiment)(int, char **), char **argv)
{
    const pid_t child = fork();
    int status;
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        if (!freopen("out", "w", stdout) || !freopen("err", "w", stderr))
            _exit(99);
        exit(experiment(count(argv), argv));
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(WIFEXITED(status), "the experiment crashed: %s", slurp("err"));
    return WEXITSTATUS(status);
}

static int small(int argc, char **argv)
{
    gp_experiment *e = gp_experiment_begin(argc, argv, .name = "small", .setting = "A small network learns the spirals.", .data = "spirals",
                                           .limit = 300, .seeds = 2, .epochs = 2, .batch = 10, .learning_rate = 0.1);
    gp_table *t = gp_experiment_table(e, "", "accuracy, per cent", "net|network", "accuracy|in the end|%.2f");
    gp_table *s = gp_experiment_series(e, "loss", "epoch||%.0f", "loss");
    gp_table_row_of_spreads(t, "tanh|eight tanh units", gp_experiment_accuracies(e, "dense:8 tanh dense:3", 0));
    gp_series_point(s, 1, 0.1);
    gp_series_gap(s);
    gp_series_point(s, 2, 1. / 3);
    gp_experiment_value(e, "third", "%.3f", 1. / 3);
    gp_experiment_word(e, "word", "two words");
    gp_experiment_value(e, "nothing", "%.3f", NAN);
    gp_experiment_compare(e, .experiment = "Somebody 1999, figure 1", .paper = "0.30", .ours = gp_text("%.2f", 1. / 3), .spread = "2 seeds",
                          .rule = "within 0.05", .verdict = gp_judge(fabs(1. / 3 - 0.30) < 0.05, true));
    return gp_experiment_end(e);
}

static json_t *line(const char *path, const char *kind, const char *name)
{
    static char text[65536];
    json_error_t error;
    strcpy(text, slurp(path));
    for (char *at = strtok(text, "\n"); at != NULL; at = strtok(NULL, "\n")) {
        json_t *item = json_loads(at, 0, &error);
        ck_assert_msg(item != NULL, "no JSON: %s", at);
        const json_t *found = json_object_get(item, kind);
        if (json_is_string(found) && strcmp(json_string_value(found), name) == 0)
            return item;
        json_decref(item);
    }
    ck_abort_msg("%s has no %s %s", path, kind, name);
}

START_TEST(a_record_holds_settings_tables_series_values_and_verdicts)
{
    char *argv[] = {"small", "--seeds", "3", NULL};
    json_t *x;
    ck_assert_msg(run(small, argv) == 0, "%s", slurp("err"));
    x = line("small.json", "experiment", "small");
    ck_assert_int_eq(json_integer_value(json_object_get(json_object_get(x, "settings"), "seeds")), 3);
    ck_assert_int_eq(json_integer_value(json_object_get(json_object_get(x, "settings"), "samples")), 300);
    ck_assert_str_eq(json_string_value(json_object_get(json_object_get(x, "settings"), "data")), "spirals");
    json_decref(x);
    x = line("small.json", "table", "");
    const json_t *cell = json_array_get(json_array_get(json_object_get(x, "rows"), 0), 1);
    ck_assert_int_eq(json_integer_value(json_object_get(cell, "count")), 3);
    ck_assert_double_gt(json_number_value(json_object_get(cell, "number")), 34);
    ck_assert_double_ge(json_number_value(json_object_get(cell, "most")), json_number_value(json_object_get(cell, "number")));
    json_decref(x);
    x = line("small.json", "series", "loss");
    ck_assert_uint_eq(json_array_size(json_object_get(x, "rows")), 3);
    ck_assert_uint_eq(json_array_size(json_array_get(json_object_get(x, "rows"), 1)), 0);
    ck_assert_str_eq(json_string_value(json_array_get(json_array_get(json_object_get(x, "rows"), 2), 1)), "0.333333");
    json_decref(x);
    x = line("small.json", "value", "third");
    ck_assert_str_eq(json_string_value(json_object_get(x, "text")), "0.333");
    ck_assert(json_real_value(json_object_get(x, "number")) == 1. / 3);
    json_decref(x);
    x = line("small.json", "value", "nothing");
    ck_assert_str_eq(json_string_value(json_object_get(x, "text")), "NaN");
    ck_assert(json_is_null(json_object_get(x, "number")));
    json_decref(x);
    x = line("small.json", "compared", "Somebody 1999, figure 1");
    ck_assert_str_eq(json_string_value(json_object_get(x, "verdict")), "reproduced");
    ck_assert_str_eq(json_string_value(json_object_get(x, "ours")), "0.33");
    json_decref(x);
}
END_TEST

START_TEST(what_is_printed_is_the_record_as_text)
{
    char *argv[] = {"small", NULL};
    ck_assert_msg(run(small, argv) == 0, "%s", slurp("err"));
    const char *text = slurp("out");
    ck_assert_ptr_eq(strstr(text, "A small network learns the spirals.\n"), text);
    ck_assert_ptr_nonnull(strstr(text, "data spirals; samples 300; seeds 2; seed 1; epochs 2; batch 10; rate 0.1;\n"));
    ck_assert_ptr_nonnull(strstr(text, "\naccuracy, per cent\nnetwork "));
    ck_assert_ptr_nonnull(strstr(text, "third = 0.333; word = two words; nothing = NaN;\n"));
    ck_assert_ptr_nonnull(strstr(text, "Somebody 1999, figure 1\n"));
    ck_assert_ptr_nonnull(strstr(text, "paper: 0.30 | ours: 0.33 | spread: 2 seeds | rule: within 0.05 |"));
    ck_assert_ptr_null(strstr(text, "loss"));
    for (const char *at = text; *at != 0; at += strcspn(at, "\n") + 1)
        ck_assert_uint_le(strcspn(at, "\n"), 78);
}
END_TEST

static int tabular(int argc, char **argv)
{
    gp_experiment *e = gp_experiment_begin(argc, argv, .name = "tabular", .setting = "One table that is known "
        "to the last space, after a sentence of which exactly so many words fit", .seeds = 1);
    gp_table *t = gp_experiment_table(e, "", "numbers", "what|kind of number", "n|n|%.0f", "long|a long title|%.2f");
    gp_table_row(t, "small", 7, 0.5);
    gp_table_row(t, "one that is longer than its head", 123456, -1.25);
    return gp_experiment_end(e);
}

START_TEST(a_table_has_its_columns_one_under_the_other)
{
    char *argv[] = {"tabular", NULL};
    ck_assert_msg(run(tabular, argv) == 0, "%s", slurp("err"));
    ck_assert_str_eq(slurp("out"),
                     "One table that is known to the last space, after a sentence of which exactly\n"
                     "so many words fit\n"
                     "seeds 1; seed 1;\n"
                     "\n"
                     "numbers\n"
                     "kind of number                         n  a long title\n"
                     "small                                  7          0.50\n"
                     "one that is longer than its head  123456         -1.25\n");
}
END_TEST

START_TEST(the_same_seed_gives_the_same_bytes)
{
    static char first[65536];
    char *argv[] = {"small", "--record", "a.json", NULL}, *again[] = {"small", "--record=b.json", NULL};
    char *other[] = {"small", "--seed", "7", "--record=c.json", NULL};
    ck_assert_int_eq(run(small, argv), 0);
    ck_assert_int_eq(run(small, again), 0);
    ck_assert_int_eq(run(small, other), 0);
    strcpy(first, slurp("a.json"));
    ck_assert_str_eq(slurp("b.json"), first);
    ck_assert_str_ne(slurp("c.json"), first);
    ck_assert_int_ne(access("small.json", F_OK), 0);
}
END_TEST

static const struct {
    const char *a, *b, *said;
} bad[] = {
    {"--seed", NULL, "--seed needs a value"},
    {"--seeds", "0", "--seeds: expected a whole number from 1"},
    {"--seeds", "-1", "--seeds: expected a whole number from 1"},
    {"--seeds", "2.5", "found '2.5'"},
    {"--seeds", "", "found ''"},
    {"--epochs", "99999999999999999999999", "--epochs: expected"},
    {"--batch", "1e3", "found '1e3'"},
    {"--steps", "5", "--steps has no meaning in this experiment"},
    {"--sedes", "5", "unknown option '--sedes'"},
    {"word", NULL, "unexpected argument 'word'"},
};

START_TEST(bad_usage_ends_with_2_and_one_sentence)
{
    char *argv[] = {"small", (char *)(uintptr_t)bad[_i].a, (char *)(uintptr_t)bad[_i].b, NULL};
    ck_assert_int_eq(run(small, argv), 2);
    const char *said = slurp("err");
    ck_assert_msg(strncmp(said, "small: ", 7) == 0 && strstr(said, bad[_i].said) != NULL, "it said: %s", said);
    ck_assert_uint_eq(strcspn(said, "\n") + 1, strlen(said));
    ck_assert_int_ne(access("small.json", F_OK), 0);
}
END_TEST

static int without_data(int argc, char **argv)
{
    gp_experiment *e = gp_experiment_begin(argc, argv, .name = "dataless", .setting = "Nothing is varied.");
    gp_experiment_value(e, "one", "%g", 1);
    return gp_experiment_end(e);
}

START_TEST(options_without_meaning_are_refused)
{
    char *seeds[] = {"x", "--seeds", "3", NULL}, *seed[] = {"x", "--seed", "3", NULL}, *data[] = {"x", "--data", "spirals", NULL};
    char *limit[] = {"x", "--limit", "3", NULL}, *threads[] = {"x", "--threads", "2", NULL};
    ck_assert_int_eq(run(without_data, seeds), 2);
    ck_assert_int_eq(run(without_data, seed), 2);
    ck_assert_int_eq(run(without_data, data), 2);
    ck_assert_int_eq(run(without_data, limit), 2);
    ck_assert_int_eq(run(without_data, threads), 0);
    ck_assert_ptr_nonnull(strstr(slurp("dataless.json"), "\"settings\":{}"));
}
END_TEST

START_TEST(help_lists_the_options_that_have_a_meaning)
{
    char *argv[] = {"small", "--help", NULL};
    ck_assert_int_eq(run(small, argv), 0);
    ck_assert_ptr_nonnull(strstr(slurp("out"), "A small network learns the spirals."));
    ck_assert_ptr_nonnull(strstr(slurp("out"), "--epochs N"));
    ck_assert_ptr_null(strstr(slurp("out"), "--steps"));
    ck_assert_int_ne(access("small.json", F_OK), 0);
}
END_TEST

START_TEST(data_that_is_not_there_ends_with_1)
{
    char *argv[] = {"small", "--data", "/nowhere", NULL};
    ck_assert_int_eq(run(small, argv), 1);
    ck_assert_ptr_nonnull(strstr(slurp("err"), "/nowhere"));
}
END_TEST

START_TEST(a_record_that_cannot_be_written_is_an_error_and_leaves_nothing)
{
    char *missing[] = {"x", "--record", "no/such/place.json", NULL}, *full[] = {"x", "--record", "/dev/full", NULL};
    struct stat s;
    ck_assert_int_eq(run(without_data, missing), 1);
    ck_assert_ptr_nonnull(strstr(slurp("err"), "no/such/place.json: the record cannot be written"));
    ck_assert_int_eq(run(without_data, full), 1);
    ck_assert(stat("/dev/full", &s) == 0 && S_ISCHR(s.st_mode));
}
END_TEST

START_TEST(a_failed_record_keeps_the_old_one)
{
    char *argv[] = {"x", "--record", "sub/r.json", NULL};
    if (geteuid() == 0)
        return; /* root may write anywhere */
    ck_assert_int_eq(mkdir("sub", 0777), 0);
    gp_write("sub", "r.json", "old", 3);
    ck_assert_int_eq(chmod("sub", 0555), 0);
    ck_assert_int_eq(run(without_data, argv), 1);
    ck_assert_str_eq(slurp("sub/r.json"), "old");
    ck_assert_int_eq(chmod("sub", 0777), 0);
}
END_TEST

static int into_full(int argc, char **argv)
{
    if (!freopen("/dev/full", "w", stdout))
        return 99;
    return without_data(argc, argv);
}

START_TEST(output_that_does_not_arrive_is_an_error)
{
    char *argv[] = {"x", NULL};
    ck_assert_int_eq(run(into_full, argv), 1);
    ck_assert_ptr_nonnull(strstr(slurp("err"), "standard output"));
}
END_TEST

START_TEST(a_record_has_the_rights_of_any_new_file)
{
    char *argv[] = {"x", NULL};
    struct stat s;
    umask(022);
    ck_assert_int_eq(run(without_data, argv), 0);
    ck_assert_int_eq(stat("dataless.json", &s), 0);
    ck_assert_int_eq(s.st_mode & 0777, 0644);
}
END_TEST

START_TEST(a_spread_knows_mean_deviation_ends_and_what_was_lost)
{
    gp_spread s = {0};
    ck_assert_double_eq(gp_spread_deviation(&s), 0);
    gp_spread_add(&s, 1e9 + 4);
    ck_assert_double_eq(gp_spread_deviation(&s), 0);
    gp_spread_add(&s, 1e9 + 7);
    gp_spread_add(&s, NAN);
    gp_spread_add(&s, 1e9 + 13);
    gp_spread_add(&s, INFINITY);
    gp_spread_add(&s, 1e9 + 16);
    ck_assert_uint_eq(s.count, 4);
    ck_assert_uint_eq(s.lost, 2);
    ck_assert_double_eq(s.mean, 1e9 + 10);
    gp_assert_near(gp_spread_deviation(&s), sqrt(30), 1e-9);
    ck_assert_double_eq(s.least, 1e9 + 4);
    ck_assert_double_eq(s.most, 1e9 + 16);
}
END_TEST

START_TEST(a_judge_has_three_verdicts)
{
    ck_assert_int_eq(gp_judge(true, true), GP_REPRODUCED);
    ck_assert_int_eq(gp_judge(true, false), GP_REPRODUCED);
    ck_assert_int_eq(gp_judge(false, true), GP_IN_DIRECTION);
    ck_assert_int_eq(gp_judge(false, false), GP_NOT_REPRODUCED);
}
END_TEST

static size_t steps, begun;

static void note_beginning(gp_network *net, uint64_t seed, void *context)
{
    ck_assert_ptr_eq(context, &steps);
    ck_assert_uint_eq(gp_network_layers(net), 3);
    begun += seed;
}

static bool note_step(const gp_train_step *s, void *context)
{
    *(size_t *)context = s->done;
    return s->done < 40;
}

static int trials(int argc, char **argv)
{
    gp_experiment *e = gp_experiment_begin(argc, argv, .name = "trials", .setting = "Trials.", .data = "spirals", .limit = 100, .seeds = 1,
                                           .steps = 25, .batch = 10, .learning_rate = 0.1);
    gp_network *net = gp_experiment_network(e, "dense:8 tanh dense:3", 1);
    gp_outcome o = gp_experiment_train(e, net, .seed = 5, .begin = note_beginning, .after_step = note_step, .context = &steps);
    ck_assert_uint_eq(o.steps, 25);
    ck_assert_uint_eq(steps, 25);
    ck_assert_uint_eq(begun, 5);
    ck_assert(!o.diverged && o.loss > 0 && o.accuracy > 0);
    gp_assert_near(o.accuracy, gp_experiment_accuracy(e, net), 1e-12);
    o = gp_experiment_train(e, net, .seed = 5, .steps = 60, .after_step = note_step, .context = &steps);
    ck_assert_uint_eq(o.steps, 40);
    o = gp_experiment_train(e, net, .seed = 5, .epochs = 3);
    ck_assert_uint_eq(o.steps, 30);
    o = gp_experiment_train(e, net, .seed = 5, .learning_rate = 1e300);
    ck_assert(o.diverged && isnan(o.accuracy) && isnan(o.loss));
    gp_network_free(net);
    return gp_experiment_end(e);
}

START_TEST(a_trial_follows_the_plan_and_its_callbacks)
{
    char *argv[] = {"x", NULL};
    ck_assert_msg(run(trials, argv) == 0, "%s", slurp("err"));
}
END_TEST

static int raw(int argc, char **argv)
{
    gp_experiment *e = gp_experiment_begin(argc, argv, .name = "raw", .setting = "Raw pixels.", .data = folder);
    gp_experiment_raw(e, 1. / 255);
    for (size_t j = 0; j < e->data.features; j++) /* the first test image: (13 j) mod 251 */
        ck_assert_double_lt(fabs((double)gp_row(&e->data.test.x, 0)[j] - (double)(13 * j % 251) / 255), 1e-5);
    return gp_experiment_end(e);
}

START_TEST(raw_pixels_are_what_was_read)
{
    char *argv[] = {"x", NULL};
    gp_write_dataset(folder, "");
    ck_assert_msg(run(raw, argv) == 0, "%s", slurp("err"));
}
END_TEST

static gp_experiment *begun_experiment(void)
{
    static char *argv[] = {"x", NULL};
    return gp_experiment_begin(1, argv, .name = "x", .setting = "Mistakes.");
}

static void long_row(void)
{
    gp_table_row(gp_experiment_table(begun_experiment(), "", "", "a", "b"), "label", 1, 2);
}

static void short_row(void)
{
    gp_table_row(gp_experiment_table(begun_experiment(), "", "", "a", "b", "c"), "label", 1);
}

static void format_of_an_integer(void)
{
    gp_experiment_value(begun_experiment(), "x", "%d", 1);
}

static void format_of_two(void)
{
    gp_experiment_value(begun_experiment(), "x", "%g %g", 1);
}

static void format_of_a_column(void)
{
    static char *argv[] = {"x", NULL};
    gp_experiment *e = gp_experiment_begin(1, argv, .name = "x", .setting = "A test.");
    gp_experiment_table(e, "", "t", "a|a", "b|b|%d");
}

START_TEST(mistakes_in_a_program_are_found_at_once)
{
    gp_assert_aborts(long_row, "longer than its table");
    gp_assert_aborts(short_row, "a row of 2 in a table of 3 columns");
    gp_assert_aborts(format_of_an_integer, "no format of a number");
    gp_assert_aborts(format_of_two, "no format of a number");
    gp_assert_aborts(format_of_a_column, "no format of a number");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("experiment");
    TCase *runs = tcase_create("runs");
    tcase_add_checked_fixture(runs, enter_folder, leave_folder);
    tcase_set_timeout(runs, 60);
    tcase_add_test(runs, a_record_holds_settings_tables_series_values_and_verdicts);
    tcase_add_test(runs, what_is_printed_is_the_record_as_text);
    tcase_add_test(runs, a_table_has_its_columns_one_under_the_other);
    tcase_add_test(runs, the_same_seed_gives_the_same_bytes);
    tcase_add_loop_test(runs, bad_usage_ends_with_2_and_one_sentence, 0, (int)(sizeof bad / sizeof *bad));
    tcase_add_test(runs, options_without_meaning_are_refused);
    tcase_add_test(runs, help_lists_the_options_that_have_a_meaning);
    tcase_add_test(runs, data_that_is_not_there_ends_with_1);
    tcase_add_test(runs, a_record_that_cannot_be_written_is_an_error_and_leaves_nothing);
    tcase_add_test(runs, a_failed_record_keeps_the_old_one);
    tcase_add_test(runs, output_that_does_not_arrive_is_an_error);
    tcase_add_test(runs, a_record_has_the_rights_of_any_new_file);
    tcase_add_test(runs, a_trial_follows_the_plan_and_its_callbacks);
    tcase_add_test(runs, raw_pixels_are_what_was_read);
    tcase_add_test(runs, a_spread_knows_mean_deviation_ends_and_what_was_lost);
    tcase_add_test(runs, a_judge_has_three_verdicts);
    tcase_add_test(runs, mistakes_in_a_program_are_found_at_once);
    suite_add_tcase(suite, runs);
    return gp_run_suite(suite);
}
