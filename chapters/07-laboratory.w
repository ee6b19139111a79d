@i common.w

@** The laboratory.
\label{ch:laboratory}
Six chapters have built layers, initializers and diagnostics. None of them has
met an image yet. This chapter puts the parts to work: it reads a data set,
stacks layers into a network from one line of text, trains it, keeps it in a
file, and answers questions about it through one program, |lab|.

The chapter builds five modules, each standing only on those before it:
\emph{dataset}, \emph{network}, \emph{optimizer}, \emph{checkpoint} and
\emph{train}. The program comes last, and after it the table that the whole
book was written for: which activation, initializer and normalization for
which depth.

@* The data set.
\label{sec:dataset}
Fashion-MNIST \citep{xiao2017} is a set of 70,000 grey images of clothes, 28
by 28 pixels, in ten classes. It has the shape of the older MNIST digits, file
by file, but it is harder, and Debian ships it as a package. A data set in
memory is three sets of samples and what was done to standardize them.

The header says who owns what: |gp_dataset_open| allocates everything that a
|gp_dataset| points to, and |gp_dataset_free| returns it.

@(tangled/dataset.h@>=
#pragma once
#include "matrix.h"
typedef struct {
    gp_matrix x; /* one sample a row, standardized */
    uint8_t *labels; /* the class of each row */
    size_t count; /* rows */
} gp_samples;
typedef struct {
    char name[64]; /* as it was asked for, cut to fit */
    size_t features, classes;
    gp_samples train, validation, test;
    gp_matrix mean, deviation; /* 1 by |features|, of the raw training set */
} gp_dataset;

@ A data set is asked for by name. \texttt{fashion-mnist} is the Debian
package's folder, or the folder that the environment variable
\texttt{GP\_DATA} names; \texttt{spirals} is generated here, without a file;
anything else must be a folder with four files of MNIST's names. The seed
matters to the spirals only.

A program that was given no name asks |gp_dataset_default|: Fashion-MNIST
where it is installed, else the spirals.

@(tangled/dataset.h@>=
gp_status gp_dataset_open(gp_dataset *data, const char *name, uint64_t seed,
                          gp_error *error);
void gp_dataset_limit(gp_dataset *data, size_t count); /* at most |count|
    training samples from here on */
void gp_dataset_free(gp_dataset *data);
const char *gp_dataset_default(void);

@ The module needs zlib for the compressed files and the file system's |stat|
to tell a file from a folder.

@(tangled/dataset.c@>=
#include "dataset.h"
#include "random.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>
@<Constants of the data set@>@;
@<Types of the data set@>@;
@<Functions that read IDX files@>@;
@<Functions that standardize@>@;
@<Functions that open a data set@>@;

@*1 Reading a file that may lie.
\label{sec:idx}
MNIST's files are in the IDX format: four bytes of magic, of which the third
says the type of a value (8: unsigned bytes) and the fourth the number of
dimensions; then each dimension as four bytes, the highest first; then the
values. Table by table:

\begin{center}
\begin{tabular}{lll}
\toprule
byte & images & labels \\
\midrule
0 & magic 00 00 08 03 & magic 00 00 08 01 \\
4 & number of images & number of labels \\
8 & rows of an image & the labels, a byte each \\
12 & columns of an image & \\
16 & the pixels, a byte each & \\
\bottomrule
\end{tabular}
\end{center}

A header is a promise made by a stranger. Each number is checked against a
limit before anything is multiplied or allocated.

@<Constants of the data set@>=
enum {
    MOST_SAMPLES = 1 << 24, /* images in a file */
    MOST_SIDE = 4096, /* rows, or columns, of an image */
    MOST_BYTES = 1 << 30, /* pixels in a file */
    FIRST_CHUNK = 1 << 20 /* bytes asked for before the first byte came */
};

@ A reader knows its file, how far it has come, and where to complain. zlib's
|gzFile| reads plain and compressed files alike, so |at| counts bytes after
decompression.

@<Types of the data set@>=
typedef struct {
    char path[4096];
    gzFile file;
    uint64_t at; /* the next byte's place */
    gp_error *error;
} reader;

@ A complaint names the file, the byte, what was expected and what was found.
There is one function for it, so that no message can forget one of the four.

@<Functions that read IDX files@>=
static gp_status complain(const reader *r, uint64_t at, const char *expected,
                          const char *found)
{
    return gp_fail(r->error, GP_BAD_INPUT,
                   "%s: byte %llu: expected %s, found %s", r->path,
                   (unsigned long long)at, expected, found);
}

@ Before zlib sees a file, |stat| says whether it is one. A folder, a device
and an empty file each have their own message. A compressed file is preferred
only where the plain one is missing.

@<Functions that read IDX files@>=
static gp_status find_file(reader *r, const char *folder, const char *name)
{
    struct stat s;
    snprintf(r->path, sizeof r->path, "%s/%s", folder, name);
    if (stat(r->path, &s) != 0 && errno == ENOENT) {
        snprintf(r->path, sizeof r->path, "%s/%s.gz", folder, name);
        if (stat(r->path, &s) != 0 && errno == ENOENT)
            return gp_fail(r->error, GP_BAD_INPUT,
                "%s/%s: expected this file, or the same name with .gz, "
                "found neither", folder, name);
    }
    @<Refuse what is not a file with bytes in it@>@;
    return GP_OK;
}

@ A link may point nowhere, and a folder may forbid a look inside; then the
system's own words are passed on.

@<Refuse what is not a file with bytes in it@>=
if (stat(r->path, &s) != 0)
    return gp_fail(r->error, GP_BAD_INPUT, "%s: %s", r->path,
                   strerror(errno));
if (!S_ISREG(s.st_mode))
    return complain(r, 0, "a file",
                    S_ISDIR(s.st_mode) ? "a folder" : "something else");
if (s.st_size == 0)
    return complain(r, 0, "an IDX header", "an empty file");

@ zlib passes a file that is not compressed through unchanged. That is welcome
for a plain file; a name that ends in \texttt{.gz} promises more, and
|gzdirect| tells whether the promise was kept.

@<Functions that read IDX files@>=
static gp_status open_file(reader *r, const char *folder, const char *name)
{
    gp_status status = find_file(r, folder, name);
    if (status != GP_OK)
        return status;
    r->file = gzopen(r->path, "rb");
    if (r->file == NULL)
        return gp_fail(r->error, GP_BAD_INPUT, "%s: cannot be opened: %s",
                       r->path, strerror(errno));
    gzbuffer(r->file, 1 << 17);
    size_t length = strlen(r->path);
    if (strcmp(r->path + length - 3, ".gz") == 0 && gzdirect(r->file))
        return complain(r, 0, "gzip data (1f 8b)", "something else");
    return GP_OK;
}

@ Fewer bytes than asked for have two causes: the file ended, or zlib met data
that it cannot decompress. A damaged file often reports itself only here.

@<Functions that read IDX files@>=
static gp_status read_bytes(reader *r, void *to, size_t count,
                            const char *what)
{
    int got = gzread(r->file, to, (unsigned)count), code;
    if (got >= 0 && (size_t)got == count) {
        r->at += count;
        return GP_OK;
    }
    const char *message = gzerror(r->file, &code);
    char expected[96], found[96];
    snprintf(expected, sizeof expected, "%zu bytes of %s", count, what);
    snprintf(found, sizeof found, "%d, then the end of the file", got);
    return complain(r, r->at, expected, code == Z_OK ? found : message);
}

@ A number of the header is read, then held against its limits.

@<Functions that read IDX files@>=
static gp_status read_number(reader *r, const char *what, size_t most,
                             size_t *value)
{
    unsigned char b[4];
    char expected[96], found[32];
    gp_status status = read_bytes(r, b, sizeof b, what);
    if (status != GP_OK)
        return status;
    *value = (size_t)b[0] << 24 | (size_t)b[1] << 16 | (size_t)b[2] << 8
             | b[3];
    if (*value >= 1 && *value <= most)
        return GP_OK;
    snprintf(expected, sizeof expected, "%s from 1 to %zu", what, most);
    snprintf(found, sizeof found, "%zu", *value);
    return complain(r, r->at - 4, expected, found);
}

@ The magic is compared as a whole, since a file of labels given for one of
images is the likeliest mistake.

@<Functions that read IDX files@>=
static gp_status read_magic(reader *r, unsigned char dimensions)
{
    unsigned char b[4];
    char expected[64], found[64];
    gp_status status = read_bytes(r, b, sizeof b, "magic");
    if (status != GP_OK)
        return status;
    if (b[0] == 0 && b[1] == 0 && b[2] == 8 && b[3] == dimensions)
        return GP_OK;
    snprintf(expected, sizeof expected, "magic 00 00 08 %02x", dimensions);
    snprintf(found, sizeof found, "%02x %02x %02x %02x", b[0], b[1], b[2],
             b[3]);
    return complain(r, 0, expected, found);
}

@ The values come last. A header may promise a gigabyte that the file does not
hold, so memory grows with the bytes that have come: the buffer doubles from
one mebibyte, and never exceeds twice what was really there.
@^lying headers@>

@<Functions that read IDX files@>=
static gp_status read_values(reader *r, size_t count, const char *what,
                             uint8_t **values)
{
    size_t have = 0, room = 0;
    while (have < count) {
        if (have == room) {
            @<Double the |room| for values@>@;
        }
        gp_status status = read_bytes(r, *values + have, room - have, what);
        if (status != GP_OK)
            return status;
        have = room;
    }
    return GP_OK;
}

@ The last doubling stops at the promise, so that a file that keeps it wastes
nothing.

@<Double the |room| for values@>=
room = room == 0 ? FIRST_CHUNK : 2 * room;
if (room > count)
    room = count;
uint8_t *larger = realloc(*values, room);
if (larger == NULL)
    return gp_fail(r->error, GP_NO_MEMORY,
                   "%s: no memory for %zu bytes of %s", r->path, room, what);
*values = larger;

@ After the last value the file must end. Asking for one byte more also makes
zlib compare its checksum, which it does at the end only.

@<Functions that read IDX files@>=
static gp_status read_end(reader *r)
{
    unsigned char b;
    int code, got = gzread(r->file, &b, 1);
    if (got == 1)
        return complain(r, r->at, "the end of the file",
                        "more bytes than the header promised");
    const char *message = gzerror(r->file, &code);
    return code == Z_OK ? GP_OK : complain(r, r->at, "the end", message);
}

@ A pair of files makes one set: images and their labels, still as bytes.

@<Types of the data set@>=
typedef struct {
    uint8_t *pixels, *labels;
    size_t count, features, classes;
} raw_set;

@ The four numbers of an image file in their order. The number of pixels is
compared by division; the product of two lying numbers might wrap around and
look small.

@<Functions that read IDX files@>=
static gp_status read_images(reader *r, raw_set *raw)
{
    size_t rows = 0, cols = 0;
    gp_status s = read_magic(r, 3);
    if (s == GP_OK)
        s = read_number(r, "a count of images", MOST_SAMPLES, &raw->count);
    if (s == GP_OK)
        s = read_number(r, "a count of rows", MOST_SIDE, &rows);
    if (s == GP_OK)
        s = read_number(r, "a count of columns", MOST_SIDE, &cols);
    raw->features = rows * cols;
    if (s == GP_OK && raw->count > MOST_BYTES / raw->features)
        s = complain(r, 4, "at most 1073741824 pixels in all", "more");
    if (s == GP_OK)
        s = read_values(r, raw->count * raw->features, "pixels", &raw->pixels);
    return s == GP_OK ? read_end(r) : s;
}

@ The labels must be as many as the images. This is the lie that would do the
most harm unseen: every image would have some label, and most a wrong one.

@<Functions that read IDX files@>=
static gp_status read_labels(reader *r, raw_set *raw)
{
    size_t count = 0;
    char expected[64], found[32];
    gp_status s = read_magic(r, 1);
    if (s == GP_OK)
        s = read_number(r, "a count of labels", MOST_SAMPLES, &count);
    if (s == GP_OK && count != raw->count) {
        snprintf(expected, sizeof expected, "%zu labels as there are images",
                 raw->count);
        snprintf(found, sizeof found, "%zu", count);
        return complain(r, 4, expected, found);
    }
    if (s == GP_OK)
        s = read_values(r, count, "labels", &raw->labels);
    return s == GP_OK ? read_end(r) : s;
}

@ The number of classes is one more than the largest label of the training
set. A label of the test set beyond that is an error, with its place.

@<Functions that read IDX files@>=
static gp_status count_classes(const reader *r, raw_set *raw, size_t known)
{
    char expected[64], found[32];
    for (size_t i = 0; i < raw->count; i++) {
        size_t label = raw->labels[i];
        if (known != 0 && label >= known) {
            snprintf(expected, sizeof expected, "a label below %zu", known);
            snprintf(found, sizeof found, "%zu", label);
            return complain(r, 8 + i, expected, found);
        }
        if (label >= raw->classes)
            raw->classes = label + 1;
    }
    return GP_OK;
}

@ Whatever happens, each file is closed, and the caller frees what |raw|
holds. |prefix| is \texttt{train} or \texttt{t10k}, MNIST's names for its two
halves.

@<Functions that read IDX files@>=
static gp_status read_set(const char *folder, const char *prefix,
                          size_t classes, raw_set *raw, gp_error *error)
{
    char name[64];
    reader r = {@[.error@] = error};
    snprintf(name, sizeof name, "%s-images-idx3-ubyte", prefix);
    gp_status s = open_file(&r, folder, name);
    if (s == GP_OK)
        s = read_images(&r, raw);
    if (r.file != NULL)
        gzclose(r.file);
    if (s == GP_OK) {
        @<Read the labels that belong to the images@>@;
    }
    return s;
}

@ The second file goes the way of the first, with a reader of its own, so that a
complaint names the right one.

@<Read the labels that belong to the images@>=
reader l = {@[.error@] = error};
snprintf(name, sizeof name, "%s-labels-idx1-ubyte", prefix);
s = open_file(&l, folder, name);
if (s == GP_OK)
    s = read_labels(&l, raw);
if (s == GP_OK)
    s = count_classes(&l, raw, classes);
if (l.file != NULL)
    gzclose(l.file);

@*1 Standardizing.
\label{sec:standardize}
Chapter~\ref{ch:initialization} derived its variances for inputs of mean 0 and
variance 1. So each pixel is shifted by its mean and divided by its standard
deviation, both taken over the training set alone: a test image must not have
a say in how it is measured. A pixel that never changes has deviation 0; it is
divided by 1 instead, and stays 0.

Sums run in |double|. Over 55,000 bytes a |float| would lose the last digits
of the mean.

@<Functions that standardize@>=
static gp_status measure(gp_dataset *data, gp_error *error)
{
    const gp_samples *t = &data->train;
    size_t n = data->features;
    double *sum = calloc(2 * n, sizeof *sum);
    if (sum == NULL)
        return gp_fail(error, GP_NO_MEMORY, "no memory for %zu sums", n);
    @<Set |mean| from the sums of the columns@>@;
    @<Set |deviation| from the sums of squares@>@;
    free(sum);
    return GP_OK;
}

@ One pass over the rows, in the order in which they lie in memory; a loop over
columns first would jump from row to row.

@<Set |mean| from the sums of the columns@>=
for (size_t i = 0; i < t->count; i++) {
    const real *x = gp_row(&t->x, i);
    GP_SIMD
    for (size_t j = 0; j < n; j++)
        sum[j] += (double)x[j];
}
for (size_t j = 0; j < n; j++) {
    sum[j] /= (double)t->count;
    data->mean.at[j] = (real)sum[j];
}

@ The mean is subtracted before squaring. The other formula, the mean of the
squares less the square of the mean, needs one pass instead of two and loses
digits where the mean is large.

@<Set |deviation| from the sums of squares@>=
for (size_t i = 0; i < t->count; i++) {
    const real *x = gp_row(&t->x, i);
    GP_SIMD
    for (size_t j = 0; j < n; j++)
        sum[n + j] += ((double)x[j] - sum[j]) * ((double)x[j] - sum[j]);
}
for (size_t j = 0; j < n; j++) {
    double deviation = sqrt(sum[n + j] / (double)t->count);
    data->deviation.at[j] = (real)(deviation > 0 ? deviation : 1);
}

@ Validation and test samples are measured with the training set's ruler, so the
function takes the measure from the data set and not from the samples.

@<Functions that standardize@>=
static void standardize(gp_samples *s, const gp_dataset *data)
{
    const real *mean = data->mean.at, *deviation = data->deviation.at;
    for (size_t i = 0; i < s->count; i++) {
        real *x = gp_row(&s->x, i);
        GP_SIMD
        for (size_t j = 0; j < data->features; j++)
            x[j] = (x[j] - mean[j]) / deviation[j];
    }
}

@*1 Opening.
Both kinds of data set are filled raw and standardized by the same lines.
Validation and test samples follow the training set's measure.

@<Functions that open a data set@>=
static gp_status reserve_samples(gp_samples *s, size_t count, size_t features,
                                 gp_error *error)
{
    s->labels = malloc(count);
    if (s->labels == NULL)
        return gp_fail(error, GP_NO_MEMORY, "no memory for %zu labels",
                       count);
    s->count = count;
    return gp_matrix_new(&s->x, count, features, error);
}

@ Whatever of this was allocated when something fails is freed by
|gp_dataset_free|, which does not mind what was not.

@<Functions that open a data set@>=
static gp_status reserve_dataset(gp_dataset *d, size_t train,
                                 size_t validation, size_t test,
                                 gp_error *error)
{
    gp_status s = reserve_samples(&d->train, train, d->features, error);
    if (s == GP_OK)
        s = reserve_samples(&d->validation, validation, d->features, error);
    if (s == GP_OK)
        s = reserve_samples(&d->test, test, d->features, error);
    if (s == GP_OK)
        s = gp_matrix_new(&d->mean, 1, d->features, error);
    if (s == GP_OK)
        s = gp_matrix_new(&d->deviation, 1, d->features, error);
    return s;
}

@ Where do 55,000 training images come from, when the file has 60,000?
G\'eron's second edition \citep{geron2019} takes the first 5,000 for
validation and trains on the rest. (His third edition takes the last 5,000.)
This book follows the second, whose numbers it compares with: the first
twelfth of the training file is the validation set.

@<Functions that open a data set@>=
static void fill_samples(gp_samples *to, const raw_set *raw, size_t first)
{
    memcpy(to->labels, raw->labels + first, to->count);
    for (size_t i = 0; i < to->count; i++) {
        const uint8_t *pixel = raw->pixels + (first + i) * raw->features;
        real *x = gp_row(&to->x, i);
        GP_SIMD
        for (size_t j = 0; j < raw->features; j++)
            x[j] = (real)pixel[j];
    }
}

@ The validation images come first in the file, and the training images follow
them.

@<Functions that open a data set@>=
static gp_status fill_from_files(gp_dataset *d, const raw_set *train,
                                 const raw_set *test, gp_error *error)
{
    size_t held = train->count / 12;
    d->features = train->features;
    d->classes = train->classes;
    gp_status s = reserve_dataset(d, train->count - held, held, test->count,
                                  error);
    if (s != GP_OK)
        return s;
    fill_samples(&d->validation, train, 0);
    fill_samples(&d->train, train, held);
    fill_samples(&d->test, test, 0);
    return GP_OK;
}

@ A folder whose training images have one size and whose test images another
is two data sets. A training set of fewer than twelve samples would leave
nothing for validation, and one class would leave nothing to learn.

@<Functions that open a data set@>=
static gp_status check_sets(const char *folder, const raw_set *train,
                            const raw_set *test, gp_error *error)
{
    if (train->features != test->features)
        return gp_fail(error, GP_BAD_INPUT,
            "%s: expected test images of %zu pixels as in the training set, "
            "found %zu", folder, train->features, test->features);
    if (train->count < 12 || train->classes < 2)
        return gp_fail(error, GP_BAD_INPUT,
            "%s: expected 12 training images of 2 classes at least, found "
            "%zu of %zu", folder, train->count, train->classes);
    return GP_OK;
}

@ The bytes are needed only until the samples are filled. They are freed here,
at the one place where all four arrays are known, whether things went well or
not.

@<Functions that open a data set@>=
static gp_status open_folder(gp_dataset *d, const char *folder,
                             gp_error *error)
{
    raw_set train = {0}, test = {0};
    gp_status s = read_set(folder, "train", 0, &train, error);
    if (s == GP_OK)
        s = read_set(folder, "t10k", train.classes, &test, error);
    if (s == GP_OK)
        s = check_sets(folder, &train, &test, error);
    if (s == GP_OK)
        s = fill_from_files(d, &train, &test, error);
    free(train.pixels);
    free(train.labels);
    free(test.pixels);
    free(test.labels);
    return s;
}

@*1 Spirals.
\label{sec:spirals}
Three arms wind around the origin, one a class. No line separates them, so a
network without a hidden layer fails, and two hidden layers of a few units
succeed: a test of everything that runs in a second, needs no file, and can be
drawn. A point at radius $r$ of arm $k$ stands at the angle
$2\pi k/3 + 4r$, blurred by normal noise of deviation 0.2.

@<Functions that open a data set@>=
static void fill_spirals(gp_samples *s, gp_random r)
{
    for (size_t i = 0; i < s->count; i++) {
        double radius = gp_random_uniform(&r);
        double noise = 0.2 * gp_random_normal(&r);
        double angle = 2.0943951023931953 * (double)(i % 3) + 4 * radius
                       + noise;
        real *x = gp_row(&s->x, i);
        s->labels[i] = (uint8_t)(i % 3);
        x[0] = (real)(radius * sin(angle));
        x[1] = (real)(radius * cos(angle));
    }
}

@ Each of the three sets has a stream of its own, so that a change of one
size would leave the others as they are.

@<Functions that open a data set@>=
static gp_status open_spirals(gp_dataset *d, uint64_t seed, gp_error *error)
{
    gp_random r = gp_random_new(seed);
    d->features = 2;
    d->classes = 3;
    gp_status s = reserve_dataset(d, 3000, 750, 750, error);
    if (s != GP_OK)
        return s;
    fill_spirals(&d->train, gp_random_split(&r, 1));
    fill_spirals(&d->validation, gp_random_split(&r, 2));
    fill_spirals(&d->test, gp_random_split(&r, 3));
    return GP_OK;
}

@ A name is tried as a folder before it is called unknown.

@<Functions that open a data set@>=
static bool is_folder(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0 && S_ISDIR(s.st_mode);
}

@ The folder of Debian's package stands last: an environment variable wins, and
an empty one counts as none.

@<Functions that open a data set@>=
static const char *fashion_folder(void)
{
    const char *chosen = getenv("GP_DATA");
    return chosen != NULL && *chosen != '\0'
               ? chosen
               : "/usr/share/datasets/fashion-mnist";
}
const char *gp_dataset_default(void)
{
    return is_folder(fashion_folder()) ? "fashion-mnist" : "spirals";
}

@ A name that is none of ours and no folder is answered with the names that
would have been.

@<Functions that open a data set@>=
static gp_status open_by_name(gp_dataset *d, const char *name, uint64_t seed,
                              gp_error *error)
{
    struct stat s;
    if (strcmp(name, "spirals") == 0)
        return open_spirals(d, seed, error);
    if (strcmp(name, "fashion-mnist") == 0) {
        @<Open the folder of Fashion-MNIST@>@;
    }
    if (is_folder(name))
        return open_folder(d, name, error);
    return gp_fail(error, GP_BAD_INPUT,
        "%s: expected fashion-mnist, spirals or a folder, found %s", name,
        stat(name, &s) == 0 ? "a file" : "no such data set");
}

@ Where the package is missing, the message says all three ways to go on.

@<Open the folder of Fashion-MNIST@>=
const char *folder = fashion_folder();
if (is_folder(folder))
    return open_folder(d, folder, error);
return gp_fail(error, GP_BAD_INPUT,
    "%s: expected the folder of Fashion-MNIST, found none; install Debian's "
    "package dataset-fashion-mnist, set GP_DATA, or take spirals", folder);

@ On failure nothing stays allocated, and |*data| is all zero.

@<Functions that open a data set@>=
gp_status gp_dataset_open(gp_dataset *data, const char *name, uint64_t seed,
                          gp_error *error)
{
    memset(data, 0, sizeof *data);
    snprintf(data->name, sizeof data->name, "%s", name);
    gp_status s = open_by_name(data, name, seed, error);
    if (s == GP_OK)
        s = measure(data, error);
    if (s != GP_OK) {
        gp_dataset_free(data);
        return s;
    }
    standardize(&data->train, data);
    standardize(&data->validation, data);
    standardize(&data->test, data);
    return GP_OK;
}

@ Experiments on few samples (Chapter~\ref{ch:relu-family} overfits on purpose) cut
the training set. The measure stays that of the whole.

@<Functions that open a data set@>=
void gp_dataset_limit(gp_dataset *data, size_t count)
{
    if (count > 0 && count < data->train.count) {
        data->train.count = count;
        data->train.x.rows = count;
    }
}
void gp_dataset_free(gp_dataset *data)
{
    gp_samples *all[3] = {&data->train, &data->validation, &data->test};
    for (int k = 0; k < 3; k++) {
        gp_matrix_free(&all[k]->x);
        free(all[k]->labels);
    }
    gp_matrix_free(&data->mean);
    gp_matrix_free(&data->deviation);
    memset(data, 0, sizeof *data);
}

@* The network.
\label{sec:network}
A sequential network is a chain of layers. It owns the layers, one matrix of
activations and one of gradients for each, and the random generator that its
dropout draws from. Everything is allocated when the largest batch is known;
after that, a training step allocates nothing.

@(tangled/network.h@>=
#pragma once
#include "initialize.h"
#include "layer.h"
typedef struct gp_network gp_network;
gp_network *gp_network_new(size_t inputs, uint64_t seed, gp_error *error);
void gp_network_free(gp_network *net);
gp_status gp_network_add(gp_network *net, gp_layer *layer, gp_error *error);
    /* takes |layer| over, also on failure; its weights stay as they are */
gp_status gp_network_parse(gp_network *net, const char *specification,
                           gp_error *error); /* all of it, or nothing */
void gp_network_limit(gp_network *net, size_t most); /* parameters that it may
    come to have; at first 268,435,456 */

@ Running it forward and backward. |x| must stay where it is from a forward
pass to the backward pass that follows, for the first layer reads it again.

@(tangled/network.h@>=
gp_status gp_network_reserve(gp_network *net, size_t batch, gp_error *error);
const gp_matrix *gp_network_forward(gp_network *net, const gp_matrix *x,
                                    bool training); /* the logits */
void gp_network_backward(gp_network *net, const gp_matrix *dlogits);
double gp_network_gradients(gp_network *net, const gp_matrix *x,
                            const uint8_t *labels); /* forward, mean softmax
    cross-entropy, backward; returns the loss */

@ Looking inside. Every diagnostic of this book reads a network through these.

@(tangled/network.h@>=
size_t gp_network_inputs(const gp_network *net);
size_t gp_network_outputs(const gp_network *net);
size_t gp_network_layers(const gp_network *net);
gp_layer *gp_network_layer(const gp_network *net, size_t i);
const gp_matrix *gp_network_output(const gp_network *net, size_t i);
    /* of layer |i| in the last forward pass */
const gp_matrix *gp_network_delta(const gp_network *net, size_t i);
    /* the loss's gradient by that output, in the last backward pass */
size_t gp_network_count(const gp_network *net, bool trainable_only);
const char *gp_network_specification(const gp_network *net);
const char *gp_network_word(const gp_network *net, size_t i);
uint64_t gp_network_seed(const gp_network *net);
gp_random *gp_network_random(gp_network *net); /* what dropout draws from */

@*1 Keras' calls in C.
\label{sec:keras}
C99's designated initializers let a function be called with named arguments,
in any order, with defaults for those left out. Keras' line

\begin{quote}\texttt{Dense(10, activation="relu",
kernel\_initializer="he\_normal")}\end{quote}

becomes |gp_dense(net, .units = 10, .activation = "relu",
.kernel_initializer = "he_normal")|. A macro wraps the arguments into a
compound literal of the structure below. Whatever is left out is zero, and
zero stands for Keras' default.

@(tangled/network.h@>=
typedef struct {
    size_t units;
    const char *activation; /* none */
    const char *kernel_initializer; /* |"glorot_uniform"| */
    const gp_variance_scaling *variance_scaling; /* instead of a name */
    bool no_bias;
    gp_activation_arguments arguments; /* of the activation: its default */
} gp_dense_options;
gp_status gp_dense_with(gp_network *net, gp_dense_options options);
#define gp_dense(net, ...) \
    gp_dense_with((net), (gp_dense_options){__VA_ARGS__})

@ Every other layer is added by its word of the specification grammar below,
with its arguments by name. |gp_add(net, "leaky_relu", .alpha = 0.2)| would
do; the macros read better.

@(tangled/network.h@>=
typedef struct {
    double alpha; /* |leaky_relu|, |elu|, |celu|; a |prelu|'s first slope */
    double rate; /* |dropout|, |alpha_dropout| */
    double momentum, epsilon; /* |batchnorm| */
    double lower, upper; /* |rrelu| */
} gp_add_options;
gp_status gp_add_with(gp_network *net, const char *word,
                      gp_add_options options);
#define gp_add(net, word, ...) \
    gp_add_with((net), (word), (gp_add_options){__VA_ARGS__})

@ The macros of the layers that a Keras user looks for by name. An activation
takes no arguments, so its 0 stands for ``none given''.

@(tangled/network.h@>=
#define gp_add_activation(net, word) gp_add(net, word, 0)
#define gp_add_leaky_relu(net, ...) gp_add(net, "leaky_relu", __VA_ARGS__)
#define gp_add_prelu(net, ...) gp_add(net, "prelu", __VA_ARGS__)
#define gp_add_rrelu(net, ...) gp_add(net, "rrelu", __VA_ARGS__)
#define gp_add_elu(net, ...) gp_add(net, "elu", __VA_ARGS__)
#define gp_add_dropout(net, ...) gp_add(net, "dropout", __VA_ARGS__)
#define gp_add_alpha_dropout(net, ...) \
    gp_add(net, "alpha_dropout", __VA_ARGS__)
#define gp_add_batchnorm(net, ...) gp_add(net, "batchnorm", __VA_ARGS__)

@ A program that builds a network in ten lines does not want ten checks. The
network remembers its first error; each later call returns that status and
does nothing, and |gp_network_error| tells what it was, or |NULL|.

@(tangled/network.h@>=
const gp_error *gp_network_error(const gp_network *net);
const char *const *gp_network_words(void); /* all words, then |NULL| */
const char *gp_nearest_word(const char *word, const char *const *words);
    /* the one of |words| that differs least from |word| */

@ The module knows every layer of the book, and it is the only one that does.
What stands behind it in the chapter asks a layer for its type and never for
its inside.

@(tangled/network.c@>=
#include "network.h"
@<Headers of the layers@>@;
#include "loss.h"
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
@<Constants of the network@>@;
@<Types of the network@>@;
@<Functions that keep the chain@>@;
@<Functions that run the chain@>@;
@<Functions that add layers@>@;
@<Functions that read a specification@>@;

@*1 The chain.
A link holds a layer with its output and the gradient by it. |output| and
|delta| have as many rows as the largest batch; |y| and |dy| are views of the
rows in use.

@<Types of the network@>=
typedef struct {
    gp_layer *layer;
    gp_matrix output, delta; /* the workspace */
    gp_matrix y, dy; /* its first rows, as many as the batch at hand */
    char word[96];   /* how the specification calls the layer */
} link;
struct gp_network {
    size_t inputs, count, room, batch;
    link *links;
    gp_matrix x; /* a view of the last input */
    int64_t *labels; /* |batch| of them, for the loss */
    @<Other parts of a network@>@;
};

@ The seed is kept, since a checkpoint must name it. Layer $i$ draws its
weights from stream $i$ of the seed, so that layer 3 has the same weights
whether layer 2 has a hundred units or none. Dropout has a stream beyond all
layers.

@<Other parts of a network@>=
uint64_t seed;
size_t most; /* parameters that it may come to have */
gp_random root, random;
gp_status status; /* of the first call that failed */
gp_error error;
char *specification; /* the layers in words */

@ Bounds on what a specification may ask for. They are far beyond what the book
needs, and near enough to stop a slip of the finger before it fills the
memory.

@<Constants of the network@>=
enum {
    MOST_LAYERS = 10000,
    MOST_UNITS = 1 << 20,
    MOST_WEIGHTS = 1 << 28, /* of all layers together */
    MOST_NESTING = 16
};
static const uint64_t dropout_stream = UINT64_MAX >> 1;

@ A new network has no layers; its output is its input. The specification starts
as the empty string, so that appending to it needs no special case.

@<Functions that keep the chain@>=
gp_network *gp_network_new(size_t inputs, uint64_t seed, gp_error *error)
{
    GP_REQUIRE(inputs > 0, "a network needs inputs");
    gp_network *net = calloc(1, sizeof *net);
    if (net != NULL)
        net->specification = calloc(1, 1);
    if (net == NULL || net->specification == NULL) {
        free(net);
        gp_fail(error, GP_NO_MEMORY, "no memory for a network");
        return NULL;
    }
    net->inputs = inputs;
    net->seed = seed;
    net->most = MOST_WEIGHTS;
    net->root = gp_random_new(seed);
    net->random = gp_random_split(&net->root, dropout_stream);
    return net;
}

@ Taking layers off the end serves two masters: freeing, and going back to
where a specification began when its last word turns out wrong.

@<Functions that keep the chain@>=
static void release(gp_network *net)
{
    for (size_t i = 0; i < net->count; i++) {
        gp_matrix_free(&net->links[i].output);
        gp_matrix_free(&net->links[i].delta);
    }
    free(net->labels);
    net->labels = NULL;
    net->batch = 0;
}
static void shorten(gp_network *net, size_t count)
{
    release(net);
    while (net->count > count)
        gp_layer_free(net->links[--net->count].layer);
}

@ Freeing takes all layers off the end.

@<Functions that keep the chain@>=
void gp_network_free(gp_network *net)
{
    if (net == NULL)
        return;
    shorten(net, 0);
    free(net->links);
    free(net->specification);
    free(net);
}

@ A new link must fit the one before it, and there must be room for it in the
array, which doubles.

@<Functions that keep the chain@>=
static gp_status append(gp_network *net, gp_layer *layer, gp_error *error)
{
    if (layer->inputs != gp_network_outputs(net))
        return gp_fail(error, GP_BAD_INPUT,
            "layer %zu (%s): expected %zu inputs, found %zu", net->count + 1,
            layer->type->name, gp_network_outputs(net), layer->inputs);
    if (net->count == net->room) {
        size_t room = net->room == 0 ? 16 : 2 * net->room;
        link *links = realloc(net->links, room * sizeof *links);
        if (links == NULL)
            return gp_fail(error, GP_NO_MEMORY, "no memory for a layer");
        net->links = links;
        net->room = room;
    }
    if (net->batch > 0)
        release(net);
    link *l = &net->links[net->count++];
    *l = @[(link){@[.layer@] = layer}@];
    snprintf(l->word, sizeof l->word, "%s", layer->type->name);
    return GP_OK;
}

@ The specification grows by a word with each layer.

@<Functions that keep the chain@>=
static gp_status record(gp_network *net, const char *words, gp_error *error)
{
    size_t old = strlen(net->specification), more = strlen(words);
    char *text = realloc(net->specification, old + more + 2);
    if (text == NULL)
        return gp_fail(error, GP_NO_MEMORY, "no memory for a specification");
    if (old > 0)
        text[old++] = ' ';
    memcpy(text + old, words, more + 1);
    net->specification = text;
    return GP_OK;
}

@ The caller has handed the layer over, so a failure must free it, or nobody
would.

@<Functions that keep the chain@>=
gp_status gp_network_add(gp_network *net, gp_layer *layer, gp_error *error)
{
    gp_status status = append(net, layer, error);
    if (status == GP_OK) {
        status = record(net, layer->type->name, error);
        if (status != GP_OK)
            net->count--;
    }
    if (status != GP_OK)
        gp_layer_free(layer);
    return status;
}

@ The rest of the chain's functions answer questions.

@<Functions that keep the chain@>=
size_t gp_network_inputs(const gp_network *net)
{
    return net->inputs;
}
size_t gp_network_outputs(const gp_network *net)
{
    return net->count == 0 ? net->inputs
                           : net->links[net->count - 1].layer->outputs;
}
size_t gp_network_layers(const gp_network *net)
{
    return net->count;
}

@ A number beyond the last layer is a mistake in the caller's program, not in
its data. It stops the program with both numbers in the message.

@<Functions that keep the chain@>=
static link *link_at(const gp_network *net, size_t i)
{
    GP_REQUIRE(i < net->count, "layer %zu of a network of %zu", i,
               net->count);
    return &net->links[i];
}

@ The three views of a layer: itself, its output, and the gradient by that
output.

@<Functions that keep the chain@>=
gp_layer *gp_network_layer(const gp_network *net, size_t i)
{
    return link_at(net, i)->layer;
}
const gp_matrix *gp_network_output(const gp_network *net, size_t i)
{
    return &link_at(net, i)->y;
}
const gp_matrix *gp_network_delta(const gp_network *net, size_t i)
{
    return &link_at(net, i)->dy;
}

@ Counts add up over the layers.

@<Functions that keep the chain@>=
size_t gp_network_count(const gp_network *net, bool trainable_only)
{
    size_t sum = 0;
    for (size_t i = 0; i < net->count; i++)
        sum += gp_layer_count(net->links[i].layer, trainable_only);
    return sum;
}
const char *gp_network_word(const gp_network *net, size_t i)
{
    return link_at(net, i)->word;
}

@ The specification, the seed, and the generator that dropout draws from, which
a checkpoint reads and sets.

@<Functions that keep the chain@>=
const char *gp_network_specification(const gp_network *net)
{
    return net->specification;
}
void gp_network_limit(gp_network *net, size_t most)
{
    net->most = most < MOST_WEIGHTS ? most : MOST_WEIGHTS;
}
uint64_t gp_network_seed(const gp_network *net)
{
    return net->seed;
}
gp_random *gp_network_random(gp_network *net)
{
    return &net->random;
}
const gp_error *gp_network_error(const gp_network *net)
{
    return net->status == GP_OK ? NULL : &net->error;
}

@*1 Forward and backward.
\label{sec:network-passes}
|gp_network_reserve| is the one place that allocates. It sizes every output
and every gradient for the largest batch; a smaller batch uses the first rows.

@<Functions that run the chain@>=
static gp_status reserve_link(link *l, size_t batch, gp_error *error)
{
    size_t width = l->layer->outputs;
    gp_status s = gp_matrix_new(&l->output, batch, width, error);
    if (s == GP_OK)
        s = gp_matrix_new(&l->delta, batch, width, error);
    if (s == GP_OK)
        s = gp_layer_reserve(l->layer, batch, error);
    return s;
}

@ A network that failed while it was built is not reserved, and says again why.
One that has room enough already keeps it.

@<Functions that run the chain@>=
gp_status gp_network_reserve(gp_network *net, size_t batch, gp_error *error)
{
    if (net->status != GP_OK)
        return gp_fail(error, net->status, "%s", net->error.message);
    if (batch <= net->batch)
        return GP_OK;
    release(net);
    net->labels = calloc(batch, sizeof *net->labels);
    gp_status s = net->labels != NULL ? GP_OK
        : gp_fail(error, GP_NO_MEMORY, "no memory for %zu labels", batch);
    for (size_t i = 0; i < net->count && s == GP_OK; i++)
        s = reserve_link(&net->links[i], batch, error);
    if (s == GP_OK)
        net->batch = batch;
    else
        release(net);
    return s;
}

@ The forward pass hands each layer the output of the one before it.

@<Functions that run the chain@>=
const gp_matrix *gp_network_forward(gp_network *net, const gp_matrix *x,
                                    bool training)
{
    GP_REQUIRE(net->count > 0, "a network without layers");
    GP_REQUIRE(x->rows <= net->batch && x->cols == net->inputs,
        "an input of %zu x %zu for a network of %zu inputs, reserved for "
        "%zu rows", x->rows, x->cols, net->inputs, net->batch);
    gp_pass pass = {training, &net->random};
    net->x = *x;
    for (size_t i = 0; i < net->count; i++) {
        link *l = &net->links[i];
        l->y = gp_matrix_rows(&l->output, 0, x->rows);
        l->dy = gp_matrix_rows(&l->delta, 0, x->rows);
        gp_layer_forward(l->layer, i == 0 ? x : &l[-1].y, &l->y, &pass);
    }
    return &net->links[net->count - 1].y;
}

@ The backward pass goes the other way, from the gradient by the logits, which
stands in the last |dy| already. The first layer is not asked for the gradient
by the data: nobody reads it, and it is the largest product of all.

@<Functions that run the chain@>=
static void propagate(gp_network *net)
{
    for (size_t i = net->count; i-- > 0;) {
        link *l = &net->links[i];
        gp_layer_backward(l->layer, i == 0 ? &net->x : &l[-1].y, &l->y,
                          &l->dy, i == 0 ? NULL : &l[-1].dy);
    }
}

@ There are two ways in. An experiment with a loss of its own calls
|gp_network_backward| with its gradient; training calls
|gp_network_gradients|, in which the loss writes the gradient where it is
needed and nothing is copied.

@<Functions that run the chain@>=
void gp_network_backward(gp_network *net, const gp_matrix *dlogits)
{
    GP_REQUIRE(net->count > 0 && net->x.at != NULL,
               "a backward pass without a forward pass before it");
    gp_matrix_copy(&net->links[net->count - 1].dy, dlogits);
    propagate(net);
}
double gp_network_gradients(gp_network *net, const gp_matrix *x,
                            const uint8_t *labels)
{
    const gp_matrix *logits = gp_network_forward(net, x, true);
    gp_cross_entropy_options options = {@[.labels@] = net->labels};
    for (size_t i = 0; i < x->rows; i++)
        net->labels[i] = labels[i];
    double loss = gp_softmax_cross_entropy(logits, &options, NULL,
        &net->links[net->count - 1].dy);
    propagate(net);
    return loss;
}

@*1 Words.
\label{sec:words}
The specification grammar is a table. A row has the word, how it is written,
and either an activation type or a function that makes the layer from numeric
arguments, with the default and the bounds of each argument. A layer that a
reader adds to the book becomes a word by one line here.

@<Types of the network@>=
typedef struct {
    const char *name;
    double otherwise, low, high; /* its default; its closed bounds */
} argument;
typedef struct {
    const char *name, *usage;
    const gp_activation_type *type;
    gp_layer *(*make)(size_t width, const double value[2], gp_error *error);
    size_t needed; /* arguments that must be given */
    argument argument[2];
} word;

@ The first row is the dense layer, which is parsed by a function of its own.

@<Functions that add layers@>=
@<Functions that make layers from numbers@>@;
static const word words[] = {
    {"dense", "dense:UNITS[:INITIALIZER][:nobias]"},
    @<Words of Chapter 2@>@;
    @<Words of Chapter 4@>@;
    @<Words of Chapter 5@>@;
    @<Words of Chapter 6@>@;
};
enum { WORDS = sizeof words / sizeof words[0] };

@ A new module with a layer is named here, and its words below.

@<Headers of the layers@>=
#include "batchnorm.h"
#include "dense.h"
#include "dropout.h"
#include "elu.h"
#include "relu.h"
#include "sigmoid.h"

@ Two words without arguments.

@<Words of Chapter 2@>=
{"sigmoid", "sigmoid", &gp_sigmoid},
{"tanh", "tanh", &gp_tanh},

@ The bounds of an argument are closed, so ``greater than zero'' is written as
a smallest number that makes sense.

@<Words of Chapter 4@>=
{"relu", "relu", &gp_relu},
{"leaky_relu", "leaky_relu[:ALPHA]", &gp_leaky_relu, NULL, 0,
 {{"ALPHA", 0.01, 0, 1}}},
{"prelu", "prelu[:ALPHA]", NULL, make_prelu, 0, {{"ALPHA", 0.25, -1, 1}}},
{"rrelu", "rrelu[:LOWER:UPPER]", NULL, make_rrelu, 0,
 {{"LOWER", 1 / 8.0, 0, 1}, {"UPPER", 1 / 3.0, 0, 1}}},
{"gelu", "gelu", &gp_gelu},
{"gelu_tanh", "gelu_tanh", &gp_gelu_tanh},
{"swish", "swish", &gp_swish},
{"mish", "mish", &gp_mish},
{"softplus", "softplus", &gp_softplus},
{"hard_sigmoid", "hard_sigmoid", &gp_hard_sigmoid, NULL, 0,
 {{"ALPHA", 1 / 6.0, 0, 1}, {"BETA", 0.5, 0, 1}}},
{"celu", "celu[:ALPHA]", &gp_celu, NULL, 0, {{"ALPHA", 1, 1e-3, 100}}},

@ A dropout without a rate would be a guess at what the reader meant, so the
rate is needed.

@<Words of Chapter 5@>=
{"elu", "elu[:ALPHA]", &gp_elu, NULL, 0, {{"ALPHA", 1, 0, 100}}},
{"selu", "selu", &gp_selu},
{"dropout", "dropout:RATE", NULL, make_dropout, 1, {{"RATE", 0, 0, 0.99}}},
{"alpha_dropout", "alpha_dropout:RATE", NULL, make_alpha_dropout, 1,
 {{"RATE", 0, 0, 0.99}}},

@ Momentum and $\varepsilon$ have Keras' meaning and Keras' defaults: 0.99
weighs the old average.

@<Words of Chapter 6@>=
{"batchnorm", "batchnorm[:MOMENTUM[:EPSILON]]", NULL, make_batchnorm, 0,
 {{"MOMENTUM", 0.99, 0, 1}, {"EPSILON", 1e-3, 1e-12, 1}}},

@ PReLU's slopes are one a unit, and start at the value that its authors chose.

@<Functions that make layers from numbers@>=
static gp_layer *make_prelu(size_t width, const double a[2], gp_error *e)
{
    return gp_prelu_new(width, false, (real)a[0], e);
}
static gp_layer *make_rrelu(size_t width, const double a[2], gp_error *e)
{
    return gp_rrelu_new(width, (real)a[0], (real)a[1], e);
}

@ Dropout takes one number, batch normalization two; |value| has room for both.

@<Functions that make layers from numbers@>=
static gp_layer *make_dropout(size_t width, const double a[2], gp_error *e)
{
    return gp_dropout_new(width, (real)a[0], e);
}
static gp_layer *make_alpha_dropout(size_t width, const double a[2],
                                    gp_error *e)
{
    return gp_alpha_dropout_new(width, (real)a[0], e);
}
static gp_layer *make_batchnorm(size_t width, const double a[2],
                                gp_error *e)
{
    return gp_batchnorm_new(width, a[0], a[1], e);
}

@ Some twenty words are searched from the first to the last. A network is parsed
once.

@<Functions that add layers@>=
static const word *find_word(const char *name)
{
    for (size_t i = 0; i < WORDS; i++)
        if (strcmp(words[i].name, name) == 0)
            return &words[i];
    return NULL;
}
const char *const *gp_network_words(void)
{
    static const char *names[WORDS + 1];
    for (size_t i = 0; i < WORDS; i++)
        names[i] = words[i].name;
    return names;
}

@ A mistyped word deserves a guess at what was meant. The distance between two
words is the number of letters to insert, delete, change, or swap with a
neighbour until they are equal \citep{damerau1964}. The table below is filled
row by row; |d[i][j]| is the distance between the first |i| letters of one
word and the first |j| of the other.

@<Functions that add layers@>=
static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}
static size_t distance(const char *a, const char *b)
{
    enum { MOST = 32 };
    size_t d[MOST + 1][MOST + 1], m = least(strlen(a), MOST),
        n = least(strlen(b), MOST);
    for (size_t i = 0; i <= m; i++)
        for (size_t j = 0; j <= n; j++) {
            @<Set |d[i][j]| from its neighbours@>@;
        }
    return d[m][n];
}

@ From or to the empty word it is the length of the other. Else the last letter
was deleted, inserted, kept or changed, or the last two were swapped; the
cheapest counts.

@<Set |d[i][j]| from its neighbours@>=
if (i == 0 || j == 0) {
    d[i][j] = i + j;
    continue;
}
d[i][j] = least(d[i - 1][j], d[i][j - 1]) + 1;
d[i][j] = least(d[i][j], d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
    d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);

@ Among equals the first of the list wins, so the order of the table is the
order of likelihood.

@<Functions that add layers@>=
const char *gp_nearest_word(const char *text, const char *const *list)
{
    const char *nearest = list[0];
    for (size_t i = 1; nearest != NULL && list[i] != NULL; i++)
        if (distance(text, list[i]) < distance(text, nearest))
            nearest = list[i];
    return nearest;
}

@ Adding a word that has been found and whose arguments have been read. An
activation needs no parameter of its own; the others make themselves.

@<Functions that add layers@>=
static gp_status add_word(gp_network *net, const word *w,
                          const double value[2], gp_error *error)
{
    size_t width = gp_network_outputs(net);
    gp_activation_arguments a = {(real)value[0], (real)value[1]};
    if (w->make == make_rrelu && value[0] > value[1])
        return gp_fail(error, GP_BAD_INPUT, "expected LOWER of at most UPPER, "
                       "found %g and %g", value[0], value[1]);
    gp_layer *layer = w->type != NULL
                          ? gp_activation_new(w->type, width, a, error)
                          : w->make(width, value, error);
    if (layer == NULL)
        return GP_NO_MEMORY;
    gp_status status = append(net, layer, error);
    if (status != GP_OK)
        gp_layer_free(layer);
    return status;
}

@ A dense layer draws its weights from the stream of its place. An unknown
initializer is an error that names the nearest known one.

@<Functions that add layers@>=
static gp_status initialize(gp_network *net, gp_matrix *w,
                            const gp_dense_options *o, gp_error *error)
{
    gp_random r = gp_random_split(&net->root, net->count);
    const char *name = o->kernel_initializer;
    if (o->variance_scaling != NULL) {
        gp_initialize_variance_scaling(w, *o->variance_scaling, &r);
        return GP_OK;
    }
    if (name == NULL)
        name = "glorot_uniform";
    if (gp_initialize(w, name, &r))
        return GP_OK;
    return gp_fail(error, GP_BAD_INPUT,
        "unknown initializer '%s'; the nearest is '%s'", name,
        gp_nearest_word(name, gp_initializer_names()));
}

@ The bound on all weights together stops a specification such as
\texttt{100*(dense:100000)} before it asks for four terabytes.

@<Functions that add layers@>=
static gp_status add_dense(gp_network *net, const gp_dense_options *o,
                           gp_error *error)
{
    size_t inputs = gp_network_outputs(net);
    if (o->units < 1 || o->units > MOST_UNITS)
        return gp_fail(error, GP_BAD_INPUT,
            "expected UNITS from 1 to %d, found %zu", MOST_UNITS, o->units);
    size_t have = gp_network_count(net, false);
    if (have > net->most || inputs > (net->most - have) / o->units)
        return gp_fail(error, GP_BAD_INPUT,
            "expected at most %zu parameters in all", net->most);
    gp_layer *layer = gp_dense_new(inputs, o->units, !o->no_bias, error);
    if (layer == NULL)
        return GP_NO_MEMORY;
    gp_status s = initialize(net, &layer->parameter[0].value, o, error);
    if (s == GP_OK)
        s = append(net, layer, error);
    if (s != GP_OK)
        gp_layer_free(layer);
    return s;
}

@ Keras' |Dense| with an activation is two layers here. The activation's
arguments are the word's defaults unless some are given.

@<Functions that add layers@>=
static gp_status add_activation(gp_network *net, const gp_dense_options *o,
                                gp_error *error)
{
    const word *w = find_word(o->activation);
    if (w == NULL)
        return gp_fail(error, GP_BAD_INPUT,
            "unknown activation '%s'; the nearest word is '%s'",
            o->activation,
            gp_nearest_word(o->activation, gp_network_words()));
    double value[2] = {(double)o->arguments.alpha,
                       (double)o->arguments.beta};
    if (w->type == NULL && w->make == NULL)
        return gp_fail(error, GP_BAD_INPUT, "'%s' is no activation",
                       w->name);
    if (value[0] == 0 && value[1] == 0)
        for (int k = 0; k < 2; k++)
            value[k] = w->argument[k].otherwise;
    return add_word(net, w, value, error);
}

@ Dense layer, activation and their words in the specification are added
together or not at all.

@<Functions that add layers@>=
gp_status gp_dense_with(gp_network *net, gp_dense_options o)
{
    if (net->status != GP_OK)
        return net->status;
    size_t before = net->count;
    char text[256];
    net->status = add_dense(net, &o, &net->error);
    if (net->status == GP_OK && o.activation != NULL)
        net->status = add_activation(net, &o, &net->error);
    @<Write the dense layer as a word into |text|@>@;
    if (net->status == GP_OK)
        net->status = record(net, text, &net->error);
    if (net->status != GP_OK)
        shorten(net, before);
    else
        snprintf(net->links[before].word, sizeof net->links[before].word,
                 "%.*s", (int)strcspn(text, " "), text);
    return net->status;
}

@ Variance scaling has no word. A network that was built with it and is read
back from a checkpoint gets its weights from there, so the word is not missed.

@<Write the dense layer as a word into |text|@>=
bool named = o.variance_scaling == NULL && o.kernel_initializer != NULL;
const word *w = o.activation != NULL ? find_word(o.activation) : NULL;
int length = snprintf(text, sizeof text, "dense:%zu%s%.64s%s", o.units,
    named ? ":" : "", named ? o.kernel_initializer : "",
    o.no_bias ? ":nobias" : "");
if (w != NULL)
    length += snprintf(text + length, sizeof text - (size_t)length, " %s",
                       w->name);
if (w != NULL && w->argument[0].name != NULL && o.arguments.alpha != 0)
    snprintf(text + length, sizeof text - (size_t)length, ":%.9g",
             (double)o.arguments.alpha);

@ |gp_add| turns named arguments into a word of the grammar and has it parsed,
so that there is one way in and one set of bounds. An option of |0| is left to
the word's default.

@<Functions that read a specification@>=
gp_status gp_add_with(gp_network *net, const char *name, gp_add_options o)
{
    if (net->status != GP_OK)
        return net->status;
    const struct {
        const char *name;
        double value;
    } given[] = {{"ALPHA", o.alpha}, {"RATE", o.rate},
                 {"MOMENTUM", o.momentum}, {"EPSILON", o.epsilon},
                 {"LOWER", o.lower}, {"UPPER", o.upper}};
    const word *w = find_word(name);
    char text[256];
    int length = snprintf(text, sizeof text, "%.64s", name);
    for (size_t k = 0; w != NULL && k < 2; k++) {
        @<Append argument |k| of |w| to |text|@>@;
    }
    net->status = gp_network_parse(net, text, &net->error);
    return net->status;
}

@ Seventeen digits lose no bit of a double on the way through text.

@<Append argument |k| of |w| to |text|@>=
const argument *a = &w->argument[k];
double value = a->otherwise;
for (size_t j = 0; j < sizeof given / sizeof given[0]; j++)
    if (a->name != NULL && strcmp(a->name, given[j].name) == 0
        && given[j].value != 0)
        value = given[j].value;
if (a->name != NULL)
    length += snprintf(text + length, sizeof text - (size_t)length,
                       ":%.17g", value);

@*1 The specification grammar.
\label{sec:specification}
A network is a line of text:

\begin{quote}\texttt{20*(dense:100:lecun\_normal selu) dense:10}\end{quote}

Layers stand apart by blanks, arguments behind colons, and a group in
parentheses with a number and a star before it is repeated. Groups nest. The
parser is a recursive descent over one pointer into the text: |at| is where it
is, |text| where it began, so that every error can say the position.

@<Types of the network@>=
typedef struct {
    gp_network *net;
    const char *text, *at;
    gp_error *error;
} parser;

@ Positions count from 1, as editors count columns.

@<Functions that read a specification@>=
static gp_status wrong(const parser *p, const char *where,
                       const char *format, const char *found)
{
    char message[512];
    snprintf(message, sizeof message, format, found);
    return gp_fail(p->error, GP_BAD_INPUT, "position %td: %s",
                   where - p->text + 1, message);
}
static void skip_blanks(parser *p)
{
    while (isspace((unsigned char)*p->at))
        p->at++;
}

@ A token runs to the next blank or parenthesis. Its parts between colons are
cut out in place of a copy: at most a word and four arguments, each of at most
63 letters.

@<Types of the network@>=
enum { MOST_PARTS = 5, PART = 64 };
typedef struct {
    char part[MOST_PARTS][PART];
    const char *where[MOST_PARTS];
    size_t parts;
} token;

@ The first part is the word, the others are its arguments. A part that is too
long for the table is no word that we know.

@<Functions that read a specification@>=
static gp_status read_token(parser *p, token *t)
{
    t->parts = 0;
    do {
        size_t length = strcspn(p->at, ":() \t\n\r\f\v");
        if (t->parts == MOST_PARTS)
            return wrong(p, p->at, "too many arguments for '%s'",
                         t->part[0]);
        if (length >= PART)
            return wrong(p, p->at, "a word too long%s", "");
        t->where[t->parts] = p->at;
        memcpy(t->part[t->parts], p->at, length);
        t->part[t->parts++][length] = '\0';
        p->at += length;
    } while (*p->at == ':' && *p->at++ != '\0');
    return GP_OK;
}

@ A number must be all of its part, finite, and within the argument's bounds.

@<Functions that read a specification@>=
static gp_status read_argument(const parser *p, const token *t, size_t i,
                               const argument *a, double *value)
{
    char *end, expected[160];
    *value = strtod(t->part[i], &end);
    if (end != t->part[i] && *end == '\0' && *value >= a->low
        && *value <= a->high)
        return GP_OK;
    snprintf(expected, sizeof expected,
             "%s: expected %s from %g to %g, found '%%s'", t->part[0],
             a->name, a->low, a->high);
    return wrong(p, t->where[i], expected, t->part[i]);
}

@ A layer may refuse its arguments for reasons of its own, such as a lower
slope above the upper one. Its message, which knows nothing of any text, gets
the position in front.

@<Functions that read a specification@>=
static gp_status add_at(const parser *p, const token *t, const word *w,
                        const double value[2])
{
    gp_error inner = {""};
    gp_status s = add_word(p->net, w, value, &inner);
    if (s == GP_OK)
        return s;
    return gp_fail(p->error, s, "position %td: %s: %s",
                   t->where[0] - p->text + 1, w->name, inner.message);
}

@ The number of arguments is checked against the table first, then each against
its bounds; an argument that is not there has its default.

@<Functions that read a specification@>=
static gp_status parse_word(parser *p, const token *t, const word *w)
{
    double value[2];
    char expected[160];
    size_t known = (w->argument[0].name != NULL)
                   + (size_t)(w->argument[1].name != NULL);
    if (t->parts - 1 < w->needed || t->parts - 1 > known) {
        snprintf(expected, sizeof expected, "expected %s, found '%%s'",
                 w->usage);
        return wrong(p, t->where[0], expected, t->part[0]);
    }
    for (size_t k = 0; k < 2; k++) {
        value[k] = w->argument[k].otherwise;
        if (k + 1 < t->parts) {
            gp_status s = read_argument(p, t, k + 1, &w->argument[k],
                                        &value[k]);
            if (s != GP_OK)
                return s;
        }
    }
    return add_at(p, t, w, value);
}

@ The dense layer has arguments that are words. The last may be
\texttt{nobias}, the one before it an initializer.

@<Functions that read a specification@>=
static gp_status parse_dense(parser *p, const token *t, const word *w)
{
    static const argument units = {"UNITS", 0, 1, MOST_UNITS};
    gp_dense_options o = {0};
    gp_error inner = {""};
    double value;
    if (t->parts < 2 || t->parts > 4)
        return wrong(p, t->where[0],
            "expected dense:UNITS[:INITIALIZER][:nobias], found '%s'",
            t->part[0]);
    gp_status s = read_argument(p, t, 1, &units, &value);
    if (s != GP_OK)
        return s;
    o.units = (size_t)value;
    @<Read the words behind UNITS@>@;
    s = add_dense(p->net, &o, &inner);
    return s == GP_OK ? s
                      : gp_fail(p->error, s, "position %td: %s: %s",
                                t->where[t->parts > 2 ? 2 : 0] - p->text + 1,
                                w->name, inner.message);
}

@ The words may be missing one by one from the end: \texttt{dense:300:nobias}
has no initializer, and the default is taken.

@<Read the words behind UNITS@>=
if (value != (double)o.units)
    return wrong(p, t->where[1],
                 "dense: expected UNITS a whole number, found '%s'",
                 t->part[1]);
o.no_bias = t->parts > 2 && strcmp(t->part[t->parts - 1], "nobias") == 0;
if (t->parts - o.no_bias > 3)
    return wrong(p, t->where[3], "dense: expected nobias, found '%s'",
                 t->part[3]);
if (t->parts - o.no_bias == 3)
    o.kernel_initializer = t->part[2];

@ An unknown word is named with its position and the nearest known word.
|softmax| gets an answer of its own, since a reader of Keras will try it.

@<Functions that read a specification@>=
static gp_status parse_layer(parser *p)
{
    token t;
    gp_status s = read_token(p, &t);
    if (s != GP_OK)
        return s;
    const word *w = find_word(t.part[0]);
    if (w != NULL) {
        s = w == words ? parse_dense(p, &t, w) : parse_word(p, &t, w);
        @<Note the word of the layer that was added@>@;
        return s;
    }
    if (strcmp(t.part[0], "softmax") == 0)
        return wrong(p, t.where[0], "'%s' belongs to the loss: the last "
                     "layer gives logits", t.part[0]);
    char format[160];
    snprintf(format, sizeof format,
             "unknown layer '%%s'; the nearest known word is '%s'",
             gp_nearest_word(t.part[0], gp_network_words()));
    return wrong(p, t.where[0], format, t.part[0]);
}

@ The word is kept as it was typed, arguments and all, for those who take a
network apart again and build another from its words, as folding does.

@<Note the word of the layer that was added@>=
if (s == GP_OK) {
    link *l = &p->net->links[p->net->count - 1];
    snprintf(l->word, sizeof l->word, "%.*s", (int)(p->at - t.where[0]),
             t.where[0]);
}

@ A group is parsed as often as it is repeated: the pointer jumps back to
behind the parenthesis. The bound on the number of layers ends a
specification such as \texttt{9999*(9999*(relu))} early, and an empty group,
which would never meet that bound, is an error.

@<Functions that read a specification@>=
static gp_status parse_items(parser *p, size_t nesting);
static gp_status parse_group(parser *p, size_t nesting)
{
    const char *start = p->at;
    char *end;
    unsigned long times = strtoul(p->at, &end, 10);
    if (end[0] != '*' || end[1] != '(')
        return wrong(p, start, "expected N*( or a layer, found '%s'", start);
    if (times < 1 || times > MOST_LAYERS || nesting == MOST_NESTING)
        return wrong(p, start, "expected a number of repetitions from 1 to "
                     "10000, nested at most 16 deep, found '%s'", start);
    gp_status s = GP_OK;
    for (unsigned long i = 0; i < times && s == GP_OK; i++) {
        p->at = end + 2;
        s = parse_items(p, nesting + 1);
        @<Expect the group's closing parenthesis@>@;
    }
    return s;
}

@ Behind the last repetition the pointer stands behind the parenthesis.

@<Expect the group's closing parenthesis@>=
if (s == GP_OK && *p->at != ')')
    return wrong(p, start, "a group without its ')': '%s'", start);
p->at += s == GP_OK;

@ A list of items ends at the end of the text or at a parenthesis that closes a
group; the caller knows which of the two is right.

@<Functions that read a specification@>=
static gp_status parse_items(parser *p, size_t nesting)
{
    gp_status s = GP_OK;
    skip_blanks(p);
    const char *start = p->at;
    while (s == GP_OK && *p->at != '\0' && *p->at != ')') {
        if (p->net->count >= MOST_LAYERS)
            return wrong(p, p->at, "more than 10000 layers%s", "");
        s = isdigit((unsigned char)*p->at) ? parse_group(p, nesting)
                                           : parse_layer(p);
        skip_blanks(p);
    }
    if (s == GP_OK && p->at == start)
        return wrong(p, start, "expected a layer, found %s",
                     *start == '\0' ? "nothing" : "')'");
    return s;
}

@ All of the text must be used up, and a network is left as it was if any of
it is wrong.

@<Functions that read a specification@>=
gp_status gp_network_parse(gp_network *net, const char *text,
                           gp_error *error)
{
    size_t before = net->count;
    parser p = {net, text, text, error};
    gp_status s = parse_items(&p, 0);
    if (s == GP_OK && *p.at != '\0')
        s = wrong(&p, p.at, "a ')' without its group: '%s'", p.at);
    if (s == GP_OK)
        s = record(net, text, error);
    if (s != GP_OK)
        shorten(net, before);
    return s;
}


@* The optimizers.
\label{sec:optimizer}
Gradient descent goes downhill with steps of $-\eta\,g$. Where the ground
slopes gently along a valley and steeply across it, the steps zigzag;
\emph{momentum} averages them, so that what changes sign cancels and what
persists adds up \citep{polyak1964}. \emph{Nesterov}'s form takes the
gradient's step on top of the momentum's step \citep{sutskever2013},
and \emph{Adam} divides each component by the running size of its own gradient
\citep{kingma2015}. The functions work on arrays of $n$ values: all of a
parameter's matrix is one array, since its padding holds zeros and each of the
rules leaves a zero with a zero gradient at zero.

@(tangled/optimizer.h@>=
#pragma once
#include "network.h"

/* $x \gets x - \eta g'$, here and below $g' = g + \mathit{decay}\cdot x$ */
void gp_sgd_update(size_t n, real *x, const real *g, double learning_rate,
                   double weight_decay);

/* $v \gets \mu v + d g'$; $x \gets x - \eta v$, with Nesterov
   $x \gets x - \eta(g' + \mu v)$. $d$ is 1 in PyTorch and in Keras. */
void gp_momentum_update(size_t n, real *x, const real *g, real *v,
                        double learning_rate, double momentum,
                        double dampening, bool nesterov,
                        double weight_decay);

@ Two forms of Adam are in use. The paper's and PyTorch's adds $\varepsilon$
to $\sqrt{v/(1-\beta_2^t)}$; Keras' and ONNX' adds it to $\sqrt v$, which makes
the same $\varepsilon$ weigh more in the first steps.

@(tangled/optimizer.h@>=
typedef enum { GP_ADAM_EPSILON_CORRECTED, GP_ADAM_EPSILON_PLAIN }
    gp_adam_form;

/* $t$ counts from 1; with 0 there is no bias correction (ONNX) */
void gp_adam_update(size_t n, real *x, const real *g, real *m, real *v,
                    uint64_t t, double learning_rate, double beta1,
                    double beta2, double epsilon, gp_adam_form form,
                    double weight_decay);

/* $h \gets h + g'^2$; $x \gets x - \eta g'/(\sqrt h+\varepsilon)$ */
void gp_adagrad_update(size_t n, real *x, const real *g, real *h,
                       double learning_rate, double epsilon,
                       double weight_decay);

@ An optimizer holds its options and the averages of one network's
parameters. An option of zero stands for the usual value: momentum 0.9,
$\beta_1=0.9$, $\beta_2=0.999$, $\varepsilon=10^{-7}$; no decay, no clipping.

@(tangled/optimizer.h@>=
typedef enum { GP_SGD, GP_MOMENTUM, GP_NESTEROV, GP_ADAM } gp_optimizer_kind;
typedef struct {
    gp_optimizer_kind kind;
    double learning_rate, momentum, beta1, beta2, epsilon;
    double weight_decay, clip_norm, clip_value;
    gp_adam_form adam_form;
} gp_optimizer_options;

@ The averages and the step count can be reached for checkpoints: average $k$
(0 or 1) of parameter $p$, counted over all parameters of the network.

@(tangled/optimizer.h@>=
typedef struct gp_optimizer gp_optimizer;
gp_optimizer *gp_optimizer_new(gp_network *net, gp_optimizer_options options,
                               gp_error *error);
void gp_optimizer_step(gp_optimizer *optimizer);
void gp_optimizer_free(gp_optimizer *optimizer);
void gp_optimizer_set_learning_rate(gp_optimizer *optimizer, double rate);
void gp_optimizer_scale(gp_optimizer *optimizer, double factor);
    /* of the learning rate, for schedules; 1 until it is set */
size_t gp_optimizer_parameters(const gp_optimizer *optimizer);
gp_parameter *gp_optimizer_parameter(gp_optimizer *optimizer, size_t p);
gp_matrix *gp_optimizer_average(gp_optimizer *optimizer, size_t p, int k);
uint64_t *gp_optimizer_steps(gp_optimizer *optimizer);
gp_optimizer_options gp_optimizer_how(const gp_optimizer *optimizer);

@ The first rule is the shortest. Numbers arrive as doubles and are rounded
once, outside the loop; inside it everything is |real|, or the compiler would
widen every element.

@(tangled/optimizer.c@>=
#include "optimizer.h"
#include "diagnose.h"
#include <stdlib.h>

@ The numbers arrive as doubles and are rounded once, outside the loop; inside
it everything is a |real|, or the compiler would widen every element.

@(tangled/optimizer.c@>=
void gp_sgd_update(size_t n, real *x, const real *g, double learning_rate,
                   double weight_decay)
{
    const real eta = (real)learning_rate, decay = (real)weight_decay;
    GP_SIMD
    for (size_t i = 0; i < n; i++)
        x[i] -= eta * (g[i] + decay * x[i]);
}

@ Nesterov's form looks ahead. Instead of moving along $v$, it moves along what
$v$ will be after the same gradient once more.

@(tangled/optimizer.c@>=
void gp_momentum_update(size_t n, real *x, const real *g, real *v,
                        double learning_rate, double momentum,
                        double dampening, bool nesterov,
                        double weight_decay)
{
    const real eta = (real)learning_rate, mu = (real)momentum;
    const real d = (real)dampening, decay = (real)weight_decay;
    GP_SIMD
    for (size_t i = 0; i < n; i++) {
        real slope = g[i] + decay * x[i];
        v[i] = mu * v[i] + d * slope;
        x[i] -= eta * (nesterov ? slope + mu * v[i] : v[i]);
    }
}

@ The averages start at zero, so after $t$ steps they hold only the share
$1-\beta^t$ of a full average; dividing by it corrects the bias. The two
divisions are drawn out of the loop into the step's length and into
$\varepsilon$.

@(tangled/optimizer.c@>=
void gp_adam_update(size_t n, real *x, const real *g, real *m, real *v,
                    uint64_t t, double learning_rate, double beta1,
                    double beta2, double epsilon, gp_adam_form form,
                    double weight_decay)
{
    const real b1 = (real)beta1, b2 = (real)beta2, decay = (real)weight_decay;
    const double share1 = t ? 1 - pow(beta1, (double)t) : 1;
    const double root2 = t ? sqrt(1 - pow(beta2, (double)t)) : 1;
    const real eta = (real)(learning_rate * root2 / share1);
    const real epsilon_here = (real)(
        form == GP_ADAM_EPSILON_CORRECTED ? epsilon * root2 : epsilon);
    GP_SIMD
    for (size_t i = 0; i < n; i++) {
        @<Move parameter |i| by Adam's rule@>@;
    }
}

@ The rule as it stands in the header, letter by letter.

@<Move parameter |i| by Adam's rule@>=
const real slope = g[i] + decay * x[i];
m[i] = b1 * m[i] + (1 - b1) * slope;
v[i] = b2 * v[i] + (1 - b2) * slope * slope;
x[i] -= eta * m[i] / (sqrt(v[i]) + epsilon_here);

@ Adagrad \citep{duchi2011adaptive} sums the squares instead of averaging them, so that its steps only
ever grow shorter. No experiment of the book needs it; it is here because it is
Adam's ancestor, and for the conformance vectors.

@(tangled/optimizer.c@>=
void gp_adagrad_update(size_t n, real *x, const real *g, real *h,
                       double learning_rate, double epsilon,
                       double weight_decay)
{
    const real eta = (real)learning_rate, decay = (real)weight_decay;
    const real tiny = (real)epsilon;
    GP_SIMD
    for (size_t i = 0; i < n; i++) {
        const real slope = g[i] + decay * x[i];
        h[i] += slope * slope;
        x[i] -= eta * slope / (sqrt(h[i]) + tiny);
    }
}

@ The optimizer keeps pointers to all trained parameters, and for each of them
the averages that its kind needs: none, one, or two.

@(tangled/optimizer.c@>=
struct gp_optimizer {
    gp_optimizer_options options;
    double factor; /* of the learning rate */
    uint64_t steps;
    int averages;
    size_t parameters;
    gp_parameter **parameter;
    gp_matrix (*average)[2];
};

@ The parameters are collected in the order of the layers. The function is
called twice, once to count and once to fill. A parameter without a gradient,
such as a running mean, is not the optimizer's business.

@(tangled/optimizer.c@>=
static size_t collect(gp_network *net, gp_parameter **into)
{
    size_t n = 0;
    for (size_t l = 0; l < gp_network_layers(net); l++) {
        gp_layer *layer = gp_network_layer(net, l);
        for (size_t p = 0; p < layer->parameters; p++)
            if (layer->parameter[p].gradient.at != NULL) {
                if (into != NULL)
                    into[n] = &layer->parameter[p];
                n++;
            }
    }
    return n;
}

@ Zero stands for the usual value. That excludes a momentum of exactly zero,
which is plain descent and has its own name.

@(tangled/optimizer.c@>=
static double or_usual(double value, double usual)
{
    return value == 0 ? usual : value;
}
static gp_optimizer_options with_defaults(gp_optimizer_options o)
{
    o.learning_rate = or_usual(o.learning_rate, o.kind == GP_ADAM ? 1e-3
                                                                  : 1e-2);
    o.momentum = or_usual(o.momentum, 0.9);
    o.beta1 = or_usual(o.beta1, 0.9);
    o.beta2 = or_usual(o.beta2, 0.999);
    o.epsilon = or_usual(o.epsilon, 1e-7);
    return o;
}

@ Everything that a step needs is allocated here, and nothing in the step
itself.

@(tangled/optimizer.c@>=
gp_optimizer *gp_optimizer_new(gp_network *net, gp_optimizer_options options,
                               gp_error *error)
{
    size_t n = collect(net, NULL);
    gp_optimizer *o = calloc(1, sizeof *o);
    bool ok = o != NULL;
    if (ok) {
        @<Set the optimizer's options@>@;
        o->parameter = calloc(n + 1, sizeof *o->parameter);
        o->average = calloc(n + 1, sizeof *o->average);
        ok = o->parameter != NULL && o->average != NULL;
        @<Allocate the averages@>@;
    }
    if (ok)
        return o;
    gp_fail(error, GP_NO_MEMORY, "no memory for an optimizer of %zu "
            "parameter matrices", n);
    gp_optimizer_free(o);
    return NULL;
}

@ Plain descent keeps nothing, momentum one average, Adam two.

@<Set the optimizer's options@>=
o->options = with_defaults(options);
o->factor = 1;
o->averages = options.kind == GP_SGD ? 0
              : options.kind == GP_ADAM ? 2 : 1;

@ The averages start at zero, as |gp_matrix_new| leaves them.

@<Allocate the averages@>=
if (ok)
    o->parameters = collect(net, o->parameter);
for (size_t p = 0; ok && p < n; p++)
    for (int k = 0; ok && k < o->averages; k++) {
        const gp_matrix *value = &o->parameter[p]->value;
        ok = gp_matrix_new(&o->average[p][k], value->rows, value->cols,
                           error) == GP_OK;
    }

@ An optimizer owns its averages; the parameters belong to their layers.

@(tangled/optimizer.c@>=
void gp_optimizer_free(gp_optimizer *o)
{
    if (o == NULL)
        return;
    for (size_t p = 0; p < o->parameters; p++)
        for (int k = 0; k < o->averages; k++)
            gp_matrix_free(&o->average[p][k]);
    free(o->average);
    free(o->parameter);
    free(o);
}

@ A step clips, then moves every parameter by the rule of its kind.

@(tangled/optimizer.c@>=
static void move(gp_optimizer *o, size_t p)
{
    const gp_optimizer_options *h = &o->options;
    gp_matrix *value = &o->parameter[p]->value, *average = o->average[p];
    const real *g = o->parameter[p]->gradient.at;
    size_t n = value->rows * value->stride;
    double rate = o->factor * h->learning_rate;
    if (h->kind == GP_SGD)
        gp_sgd_update(n, value->at, g, rate, h->weight_decay);
    else if (h->kind == GP_ADAM)
        gp_adam_update(n, value->at, g, average[0].at, average[1].at,
                       o->steps, rate, h->beta1, h->beta2,
                       h->epsilon, h->adam_form, h->weight_decay);
    else
        gp_momentum_update(n, value->at, g, average[0].at, rate,
                           h->momentum, 1, h->kind == GP_NESTEROV,
                           h->weight_decay);
}

@ Clipping by value comes before clipping by norm: the norm then measures what
will be applied.

@(tangled/optimizer.c@>=
void gp_optimizer_step(gp_optimizer *o)
{
    if (o->options.clip_value > 0)
        gp_clip_by_value(o->parameters, o->parameter, o->options.clip_value);
    if (o->options.clip_norm > 0)
        gp_clip_by_norm(o->parameters, o->parameter, o->options.clip_norm);
    o->steps++;
    for (size_t p = 0; p < o->parameters; p++)
        move(o, p);
}

@ The rest are ways in for the checkpoints and the schedules.

@(tangled/optimizer.c@>=
void gp_optimizer_set_learning_rate(gp_optimizer *o, double rate)
{
    o->options.learning_rate = rate;
}
void gp_optimizer_scale(gp_optimizer *o, double factor)
{
    o->factor = factor;
}
size_t gp_optimizer_parameters(const gp_optimizer *o)
{
    return o->parameters;
}
gp_parameter *gp_optimizer_parameter(gp_optimizer *o, size_t p)
{
    return o->parameter[p];
}

@ An average that the kind of optimizer does not keep is |NULL|.

@(tangled/optimizer.c@>=
gp_matrix *gp_optimizer_average(gp_optimizer *o, size_t p, int k)
{
    return k < o->averages ? &o->average[p][k] : NULL;
}
uint64_t *gp_optimizer_steps(gp_optimizer *o)
{
    return &o->steps;
}
gp_optimizer_options gp_optimizer_how(const gp_optimizer *o)
{
    return o->options;
}

@* Checkpoints.
\label{sec:checkpoint}
A training that is worth running is worth keeping. The file format is
\emph{safetensors}, which Python's library of that name reads: eight bytes with
the length of a header, lowest first; the header, in JSON; then the numbers.
The header gives each tensor a type, a shape and a range of bytes, and under
\texttt{\_\_metadata\_\_} a table of strings. There stands what is needed to go
on: the specification, the seed, the optimizer with its step count, the epoch,
and how far the dropout stream has been read.

@(tangled/checkpoint.h@>=
#pragma once
#include "optimizer.h"

typedef struct {
    uint64_t epoch;  /* epochs that are done */
    uint64_t seed;   /* of the training: shuffling */
    uint64_t batch;
    uint64_t samples; /* in the training set, after \texttt{-{}-limit} */
    char data[256];  /* the data set's name */
    char schedule[64]; /* of the learning rate, in words */
} gp_checkpoint_notes;

@ A checkpoint is written to a new file beside the old one and renamed, so that
whatever happens there is a whole file under the name. Without an optimizer
the file serves inference only.

@(tangled/checkpoint.h@>=
gp_status gp_checkpoint_save(const char *path, gp_network *net,
                             gp_optimizer *optimizer,
                             const gp_checkpoint_notes *notes,
                             gp_error *error);
gp_network *gp_checkpoint_load(const char *path, gp_checkpoint_notes *notes,
                               gp_optimizer **optimizer, gp_error *error);
    /* |optimizer| may be |NULL|: not wanted; |*optimizer| is |NULL| if the
       file has none */

@ Jansson, which reads and writes the JSON, has a parameter that is called
|real|. Our macro of that name is put aside while the compiler reads its header.

@(tangled/checkpoint.c@>=
#pragma push_macro("real")
#undef real
#include <jansson.h>
#pragma pop_macro("real")
#include "checkpoint.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
@<Types of a checkpoint@>@;
@<Functions that name tensors@>@;
@<Functions that write a checkpoint@>@;
@<Functions that read a checkpoint@>@;

@ Parameters are called as in Keras, with the number of their layer in front:
\texttt{0.dense.kernel}. The optimizer's averages follow under
\texttt{optimizer.}\emph{average}\texttt{.}\emph{parameter}.

@<Types of a checkpoint@>=
typedef struct {
    char name[96];
    gp_matrix *matrix;
} tensor;
typedef struct {
    size_t count;
    tensor *at;
} tensor_list;

@ An upper bound of how many tensors there will be: every parameter, and two
averages for every trained one.

@<Functions that name tensors@>=
static size_t count_tensors(gp_network *net, gp_optimizer *optimizer)
{
    size_t n = optimizer ? 2 * gp_optimizer_parameters(optimizer) : 0;
    for (size_t l = 0; l < gp_network_layers(net); l++)
        n += gp_network_layer(net, l)->parameters;
    return n;
}

@ The list points to the matrices of network and optimizer, so that the same
list serves for writing and for reading.

@<Functions that name tensors@>=
static bool list_tensors(gp_network *net, gp_optimizer *optimizer,
                         tensor_list *list)
{
    tensor *t = calloc(count_tensors(net, optimizer) + 1, sizeof *t);
    *list = @[(tensor_list){0, t}@];
    for (size_t l = 0; t != NULL && l < gp_network_layers(net); l++) {
        gp_layer *layer = gp_network_layer(net, l);
        for (size_t p = 0; p < layer->parameters; p++, t++) {
            snprintf(t->name, sizeof t->name, "%zu.%.32s.%.32s", l,
                     layer->type->name, layer->parameter[p].name);
            t->matrix = &layer->parameter[p].value;
        }
    }
    @<List the optimizer's averages@>@;
    list->count = (size_t)(t - list->at);
    return list->at != NULL;
}

@ Plain descent has no averages, momentum one a parameter, Adam two.

@<List the optimizer's averages@>=
size_t trained = optimizer ? gp_optimizer_parameters(optimizer) : 0;
for (int k = 0; t != NULL && k < 2; k++)
    for (size_t p = 0; p < trained; p++)
        if (gp_optimizer_average(optimizer, p, k) != NULL) {
            snprintf(t->name, sizeof t->name, "optimizer.%d.%zu", k, p);
            t++->matrix = gp_optimizer_average(optimizer, p, k);
        }

@ The type of a number is the library's |real|: \texttt{F32}, or \texttt{F64}
where the modules are compiled with double.

@<Functions that write a checkpoint@>=
#define NUMBER (sizeof(real) == 4 ? "F32" : "F64")
static json_t *tensor_entries(const tensor_list *list, json_t *header)
{
    json_int_t at = 0;
    for (size_t i = 0; i < list->count; i++) {
        const gp_matrix *m = list->at[i].matrix;
        json_int_t size = (json_int_t)(m->rows * m->cols * sizeof(real));
        json_object_set_new(header, list->at[i].name,
            json_pack("{s:s, s:[I,I], s:[I,I]}", "dtype", NUMBER, "shape",
                      (json_int_t)m->rows, (json_int_t)m->cols,
                      "data_offsets", at, at + size));
        at += size;
    }
    return header;
}

@ Numbers stand in the metadata as strings, since the format allows nothing
else; \texttt{\%.17g} loses no bit of a double.

@<Functions that write a checkpoint@>=
static void put_integer(json_t *meta, const char *key, uint64_t value)
{
    char text[32];
    snprintf(text, sizeof text, "%" PRIu64, value);
    json_object_set_new(meta, key, json_string(text));
}
static void put_number(json_t *meta, const char *key, double value)
{
    char text[32];
    snprintf(text, sizeof text, "%.17g", value);
    json_object_set_new(meta, key, json_string(text));
}

@ The options of an optimizer are a table, so that writing and reading cannot
disagree.

@<Types of a checkpoint@>=
static const struct {
    const char *key;
    size_t offset;
} option_fields[] = {
    {"learning_rate", offsetof(gp_optimizer_options, learning_rate)},
    {"momentum", offsetof(gp_optimizer_options, momentum)},
    {"beta1", offsetof(gp_optimizer_options, beta1)},
    {"beta2", offsetof(gp_optimizer_options, beta2)},
    {"epsilon", offsetof(gp_optimizer_options, epsilon)},
    {"weight_decay", offsetof(gp_optimizer_options, weight_decay)},
    {"clip_norm", offsetof(gp_optimizer_options, clip_norm)},
    {"clip_value", offsetof(gp_optimizer_options, clip_value)},
};
enum { OPTION_FIELDS = sizeof option_fields / sizeof option_fields[0] };

@ The kind is written as its number, the step count because Adam's bias
correction depends on it.

@<Functions that write a checkpoint@>=
static void put_optimizer(json_t *meta, gp_optimizer *optimizer)
{
    gp_optimizer_options how = gp_optimizer_how(optimizer);
    put_integer(meta, "optimizer", how.kind);
    put_integer(meta, "adam_form", how.adam_form);
    put_integer(meta, "steps", *gp_optimizer_steps(optimizer));
    for (size_t i = 0; i < OPTION_FIELDS; i++)
        put_number(meta, option_fields[i].key,
                   *(double *)((char *)&how + option_fields[i].offset));
}

@ Everything that is needed to go on, and nothing that can be computed from it.

@<Functions that write a checkpoint@>=
static json_t *metadata(gp_network *net, gp_optimizer *optimizer,
                        const gp_checkpoint_notes *notes)
{
    json_t *meta = json_object();
    json_object_set_new(meta, "format", json_string("gradient-problem 1"));
    json_object_set_new(meta, "specification",
                        json_string(gp_network_specification(net)));
    json_object_set_new(meta, "data", json_string(notes->data));
    json_object_set_new(meta, "schedule", json_string(notes->schedule));
    put_integer(meta, "inputs", gp_network_inputs(net));
    put_integer(meta, "network_seed", gp_network_seed(net));
    put_integer(meta, "random_position", gp_network_random(net)->position);
    put_integer(meta, "seed", notes->seed);
    put_integer(meta, "batch", notes->batch);
    put_integer(meta, "samples", notes->samples);
    put_integer(meta, "epoch", notes->epoch);
    if (optimizer != NULL)
        put_optimizer(meta, optimizer);
    return meta;
}

@ The header is padded with blanks to a multiple of eight bytes, so that the
numbers are aligned for a reader that maps the file. Rows are written without
their padding.

@<Functions that write a checkpoint@>=
static bool write_all(FILE *file, const char *header,
                      const tensor_list *list)
{
    size_t length = strlen(header), padded = (length + 7) / 8 * 8;
    unsigned char size[8];
    for (int i = 0; i < 8; i++)
        size[i] = (unsigned char)((uint64_t)padded >> 8 * i);
    bool ok = fwrite(size, 1, 8, file) == 8
              && fprintf(file, "%-*s", (int)padded, header) == (int)padded;
    for (size_t k = 0; ok && k < list->count; k++) {
        const gp_matrix *m = list->at[k].matrix;
        for (size_t i = 0; ok && i < m->rows; i++)
            ok = fwrite(gp_row(m, i), sizeof(real), m->cols, file)
                 == m->cols;
    }
    return ok && fflush(file) == 0 && fsync(fileno(file)) == 0;
}

@ The name of the new file is the old one with \texttt{.new} behind it, in the
same folder, since a rename is atomic only within one file system.

@<Functions that write a checkpoint@>=
static gp_status write_file(const char *path, const char *header,
                            const tensor_list *list, gp_error *error)
{
    char *new_path = malloc(strlen(path) + 5);
    if (new_path == NULL)
        return gp_fail(error, GP_NO_MEMORY, "no memory for a path");
    sprintf(new_path, "%s.new", path);
    FILE *file = fopen(new_path, "wb");
    bool ok = file != NULL && write_all(file, header, list);
    int reason = errno;
    if (file != NULL && fclose(file) != 0 && ok)
        ok = false, reason = errno;
    if (ok && rename(new_path, path) != 0)
        ok = false, reason = errno;
    if (!ok && file != NULL)
        remove(new_path);
    free(new_path);
    return ok ? GP_OK : gp_fail(error, GP_FAILED,
        "%s: could not be written: %s", path, strerror(reason));
}

@ Metadata first, then the tensors in the order in which their numbers follow.

@<Functions that write a checkpoint@>=
gp_status gp_checkpoint_save(const char *path, gp_network *net,
                             gp_optimizer *optimizer,
                             const gp_checkpoint_notes *notes,
                             gp_error *error)
{
    tensor_list list;
    if (!list_tensors(net, optimizer, &list))
        return gp_fail(error, GP_NO_MEMORY, "%s: no memory", path);
    json_t *header = json_object();
    json_object_set_new(header, "__metadata__",
                        metadata(net, optimizer, notes));
    char *text = json_dumps(tensor_entries(&list, header),
                            JSON_COMPACT | JSON_PRESERVE_ORDER);
    gp_status s = text == NULL
        ? gp_fail(error, GP_NO_MEMORY, "%s: no memory", path)
        : write_file(path, text, &list, error);
    free(text);
    json_decref(header);
    free(list.at);
    return s;
}

@*1 Reading what may not be ours.
\label{sec:checkpoint-read}
A file that is read back may be cut off, or may never have been a checkpoint.
The length of the header is compared with the length of the file before any
memory is asked for.

@<Functions that read a checkpoint@>=
typedef struct {
    const char *path;
    FILE *file;
    uint64_t start, size; /* where the numbers begin, and how many bytes */
    json_t *header, *meta;
    gp_error *error;
} checkpoint;
static gp_status bad(const checkpoint *c, const char *where,
                     const char *expected)
{
    return gp_fail(c->error, GP_BAD_INPUT, "%s: %s: expected %s", c->path,
                   where, expected);
}

@ The first eight bytes are a length that anybody may have written there. It is
compared with the length of the file before it is used.

@<Functions that read a checkpoint@>=
static gp_status read_header(checkpoint *c)
{
    unsigned char size[8];
    uint64_t length = 0;
    long end = fseek(c->file, 0, SEEK_END) == 0 ? ftell(c->file) : -1;
    if (end < 8 || fseek(c->file, 0, SEEK_SET) != 0
        || fread(size, 1, 8, c->file) != 8)
        return bad(c, "byte 0", "the eight bytes of a safetensors length");
    for (int i = 0; i < 8; i++)
        length |= (uint64_t)size[i] << 8 * i;
    if (length > (uint64_t)end - 8)
        return gp_fail(c->error, GP_BAD_INPUT, "%s: byte 0: expected a "
            "header length of at most %ld bytes, found %" PRIu64, c->path,
            end - 8, length);
    c->start = 8 + length;
    c->size = (uint64_t)end - c->start;
    @<Parse |length| bytes of JSON@>@;
}

@ Jansson says at which byte it stumbled. A file of safetensors that another
program wrote has no specification in its metadata; it is refused here, by
name.

@<Parse |length| bytes of JSON@>=
char *text = malloc((size_t)length + 1);
if (text == NULL)
    return gp_fail(c->error, GP_NO_MEMORY, "%s: no memory for a header of %"
                   PRIu64 " bytes", c->path, length);
bool whole = fread(text, 1, (size_t)length, c->file) == length;
json_error_t e = {@[.position@] = 0};
c->header = whole ? json_loadb(text, (size_t)length, 0, &e) : NULL;
free(text);
if (c->header == NULL)
    return gp_fail(c->error, GP_BAD_INPUT, "%s: byte %d: expected a JSON "
                   "header, found an error: %s", c->path, 8 + e.position,
                   e.text);
c->meta = json_object_get(c->header, "__metadata__");
const char *format = json_string_value(json_object_get(c->meta, "format"));
if (format == NULL || strcmp(format, "gradient-problem 1") != 0)
    return bad(c, "__metadata__", "format \"gradient-problem 1\"");
return GP_OK;

@ Numbers come as strings and must be numbers to the last letter.

@<Functions that read a checkpoint@>=
static gp_status get_number(const checkpoint *c, const char *key,
                            double *value)
{
    const char *text = json_string_value(json_object_get(c->meta, key));
    char *end;
    if (text == NULL || *text == '\0')
        return bad(c, key, "a number in the metadata");
    *value = strtod(text, &end);
    return *end == '\0' ? GP_OK
                        : bad(c, key, "a number in the metadata");
}

@ A whole number must begin with a digit, for |strtoull| would take a minus sign
and wrap around.

@<Functions that read a checkpoint@>=
static gp_status get_integer(const checkpoint *c, const char *key,
                             uint64_t *value)
{
    const char *text = json_string_value(json_object_get(c->meta, key));
    char *end;
    if (text == NULL || *text < '0' || *text > '9')
        return bad(c, key, "a whole number in the metadata");
    *value = strtoull(text, &end, 10);
    return *end == '\0' ? GP_OK
                        : bad(c, key, "a whole number in the metadata");
}

@ A tensor must have the type, the shape and the size that the specification
asks for, and lie within the file.

@<Functions that read a checkpoint@>=
static gp_status read_tensor(const checkpoint *c, const tensor *t)
{
    json_t *entry = json_object_get(c->header, t->name);
    const char *type = NULL;
    json_int_t rows, cols, from, to;
    gp_matrix *m = t->matrix;
    if (json_unpack(entry, "{s:s, s:[I,I], s:[I,I]}", "dtype", &type,
                    "shape", &rows, &cols, "data_offsets", &from, &to) != 0)
        return bad(c, t->name, "a tensor with dtype, shape [rows, columns] "
                               "and data_offsets");
    if (strcmp(type, NUMBER) != 0 || rows != (json_int_t)m->rows
        || cols != (json_int_t)m->cols)
        return gp_fail(c->error, GP_BAD_INPUT, "%s: %s: expected %s of %zu x "
            "%zu, found %.8s of %" PRId64 " x %" PRId64, c->path, t->name,
            NUMBER, m->rows, m->cols, type, (int64_t)rows, (int64_t)cols);
    @<Read the numbers of the tensor@>@;
}

@ The offsets lie where the file says. They are held against the file's length
and against the shape before a byte is read.

@<Read the numbers of the tensor@>=
if (from < 0 || to < from || (uint64_t)to > c->size
    || (uint64_t)(to - from) != m->rows * m->cols * sizeof(real))
    return gp_fail(c->error, GP_BAD_INPUT, "%s: %s: expected %zu bytes "
        "within the %" PRIu64 " of the file, found offsets %" PRId64
        " to %" PRId64, c->path, t->name, m->rows * m->cols * sizeof(real),
        c->size, (int64_t)from, (int64_t)to);
if (fseek(c->file, (long)(c->start + (uint64_t)from), SEEK_SET) != 0)
    return bad(c, t->name, "a file that can be read from any place");
for (size_t i = 0; i < m->rows; i++)
    if (fread(gp_row(m, i), sizeof(real), m->cols, c->file) != m->cols)
        return bad(c, t->name, "more bytes than the file has");
return GP_OK;

@ The network is made from its specification and seed, then all its numbers
are overwritten. A specification is a header that may lie, too: a file of a
hundred bytes can ask for a gigabyte of weights. But the file must hold every
parameter, so the network may not have more of them than the file has room for.

@<Functions that read a checkpoint@>=
static gp_status read_network(const checkpoint *c, gp_network **net)
{
    uint64_t inputs, seed, position;
    const char *text =
        json_string_value(json_object_get(c->meta, "specification"));
    if (text == NULL)
        return bad(c, "specification", "a string in the metadata");
    @<Read what a network begins with@>@;
    *net = gp_network_new((size_t)inputs, seed, c->error);
    if (*net == NULL)
        return GP_NO_MEMORY;
    gp_network_limit(*net, (size_t)(c->size / sizeof(real)));
    gp_network_random(*net)->position = position;
    gp_error inner = {""};
    s = gp_network_parse(*net, text, &inner);
    return s == GP_OK ? s : gp_fail(c->error, s, "%s: specification: %s",
                                    c->path, inner.message);
}

@ A network of no inputs would be a caller's mistake and stop the program; here
it is a file's.

@<Read what a network begins with@>=
gp_status s = get_integer(c, "inputs", &inputs);
if (s == GP_OK)
    s = get_integer(c, "network_seed", &seed);
if (s == GP_OK)
    s = get_integer(c, "random_position", &position);
if (s == GP_OK && (inputs < 1 || inputs > 1 << 28))
    s = bad(c, "inputs", "a number from 1 to 268435456");
if (s != GP_OK)
    return s;

@ A file without an optimizer is good for evaluation; the caller finds |NULL|
and decides.

@<Functions that read a checkpoint@>=
static gp_status read_optimizer(const checkpoint *c, gp_network *net,
                                gp_optimizer **optimizer)
{
    gp_optimizer_options how = {0};
    uint64_t kind, form, steps;
    if (json_object_get(c->meta, "optimizer") == NULL)
        return GP_OK;
    gp_status s = get_integer(c, "optimizer", &kind);
    if (s == GP_OK)
        s = get_integer(c, "adam_form", &form);
    if (s == GP_OK)
        s = get_integer(c, "steps", &steps);
    for (size_t i = 0; s == GP_OK && i < OPTION_FIELDS; i++)
        s = get_number(c, option_fields[i].key,
                       (double *)((char *)&how + option_fields[i].offset));
    if (s != GP_OK)
        return s;
    if (kind > GP_ADAM || form > GP_ADAM_EPSILON_PLAIN)
        return bad(c, "optimizer", "a kind from 0 to 3, and a form 0 or 1");
    how.kind = (gp_optimizer_kind)kind;
    how.adam_form = (gp_adam_form)form;
    *optimizer = gp_optimizer_new(net, how, c->error);
    if (*optimizer == NULL)
        return GP_NO_MEMORY;
    *gp_optimizer_steps(*optimizer) = steps;
    return GP_OK;
}

@ The data set's name helps the caller to find the data again; it may be
missing.

@<Functions that read a checkpoint@>=
static gp_status read_notes(const checkpoint *c, gp_checkpoint_notes *notes)
{
    const char *data = json_string_value(json_object_get(c->meta, "data"));
    const char *schedule =
        json_string_value(json_object_get(c->meta, "schedule"));
    snprintf(notes->data, sizeof notes->data, "%s", data ? data : "");
    snprintf(notes->schedule, sizeof notes->schedule, "%s",
             schedule ? schedule : "");
    gp_status s = get_integer(c, "seed", &notes->seed);
    if (s == GP_OK)
        s = get_integer(c, "samples", &notes->samples);
    if (s == GP_OK)
        s = get_integer(c, "batch", &notes->batch);
    return s == GP_OK ? get_integer(c, "epoch", &notes->epoch) : s;
}

@ In order: the header, the notes, the network that the specification describes,
the optimizer for that network. Then every tensor that these need must be in
the file. Others may be; they are not looked at.

@<Functions that read a checkpoint@>=
static gp_status read_all(checkpoint *c, gp_checkpoint_notes *notes,
                          gp_network **net, gp_optimizer **optimizer)
{
    tensor_list list;
    gp_status s = read_header(c);
    if (s == GP_OK)
        s = read_notes(c, notes);
    if (s == GP_OK)
        s = read_network(c, net);
    if (s == GP_OK && optimizer != NULL)
        s = read_optimizer(c, *net, optimizer);
    if (s != GP_OK)
        return s;
    if (!list_tensors(*net, optimizer ? *optimizer : NULL, &list))
        return gp_fail(c->error, GP_NO_MEMORY, "%s: no memory", c->path);
    for (size_t i = 0; i < list.count && s == GP_OK; i++)
        s = read_tensor(c, &list.at[i]);
    free(list.at);
    return s;
}

@ Loading gives all or nothing: a network half read is freed again.

@<Functions that read a checkpoint@>=
gp_network *gp_checkpoint_load(const char *path, gp_checkpoint_notes *notes,
                               gp_optimizer **optimizer, gp_error *error)
{
    gp_network *net = NULL;
    checkpoint c = {@[.path@] = path, @[.file@] = fopen(path, "rb"),
                    @[.error@] = error};
    if (optimizer != NULL)
        *optimizer = NULL;
    gp_status s = c.file != NULL ? read_all(&c, notes, &net, optimizer)
        : gp_fail(error, GP_BAD_INPUT, "%s: expected a checkpoint: %s",
                  path, strerror(errno));
    if (c.file != NULL)
        fclose(c.file);
    json_decref(c.header);
    if (s == GP_OK)
        return net;
    @<Take the half-read network apart@>@;
}

@ The optimizer goes first, since it points into the network.

@<Take the half-read network apart@>=
if (optimizer != NULL) {
    gp_optimizer_free(*optimizer);
    *optimizer = NULL;
}
gp_network_free(net);
return NULL;

@* Training.
\label{sec:train}
An epoch visits every training sample once, in an order of its own, a batch at
a time. The order of epoch $e$ depends on the seed and on $e$ alone; that is
why a resumed training goes on with the same bits as one that never stopped.

@(tangled/train.h@>=
#pragma once
#include "dataset.h"
#include "optimizer.h"

typedef struct {
    size_t epoch, epochs;
    double train_seconds;      /* of the training steps alone */
    double samples_per_second;
    double train_loss;         /* mean over the epoch's batches as they came */
    double validation_loss, validation_accuracy;
} gp_epoch;
typedef struct {
    double loss, accuracy;
} gp_evaluation;

@ The learning rate may change on the way: by a factor an epoch, by a factor
every few epochs, or in one cycle \citep{smith2018}, which climbs from a tenth
of the rate to the whole by the middle and descends again, the last tenth of
the way to a hundredth of where it began. A schedule is written in words:
\texttt{exponential:0.9}, \texttt{step:10:0.5}, \texttt{1cycle}.

@(tangled/train.h@>=
typedef enum { GP_CONSTANT, GP_EXPONENTIAL, GP_STEPWISE, GP_ONE_CYCLE }
    gp_schedule_kind;
typedef struct {
    gp_schedule_kind kind;
    double factor; /* an epoch, or every |epochs| epochs */
    size_t epochs;
} gp_schedule;
bool gp_schedule_parse(const char *words, gp_schedule *schedule);
double gp_schedule_factor(gp_schedule schedule, double epoch, double epochs);
    /* of the learning rate after |epoch| of |epochs| epochs */

@ A training's options. The callbacks hear of every step and every epoch; they
decide what is printed, so that the library prints nothing.

@(tangled/train.h@>=
typedef struct {
    size_t batch, epochs;   /* 0: 32, and 1 */
    size_t first_epoch;     /* epochs done before, when resuming */
    uint64_t seed;
    bool population; /* batch normalization's statistics by a pass over the
                        training set, in place of running averages */
    gp_schedule schedule;
    void (*progress)(size_t epoch, size_t step, size_t steps, double loss,
                     void *context); /* or |NULL| */
    void (*report)(const gp_epoch *, void *context);  /* or |NULL| */
    void *context;
} gp_train_options;

gp_status gp_train(gp_network *net, gp_optimizer *optimizer,
                   const gp_dataset *data, const gp_train_options *options,
                   gp_error *error);
    /* |GP_FAILED|: diverged; the message says at which step and layer */

@ The evaluation of one set of samples, and the pass that gathers population
statistics.

@(tangled/train.h@>=
gp_status gp_evaluate(gp_network *net, const gp_samples *samples,
                      gp_evaluation *result,
                      size_t *confusion /* classes squared, or |NULL| */,
                      gp_error *error);
gp_status gp_population_statistics(gp_network *net, const gp_dataset *data,
                                   size_t batch, gp_error *error);

@ The clock is POSIX'; everything else is ours.

@(tangled/train.c@>=
#define _POSIX_C_SOURCE 200809L
#include "train.h"
#include "batchnorm.h"
#include "loss.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>
enum { EVALUATION_BATCH = 500 };
#include <stdio.h>
@<Functions that schedule@>@;
@<Functions that evaluate@>@;
@<Functions that train@>@;

@ The one cycle is made of three straight lines.

@<Functions that schedule@>=
double gp_schedule_factor(gp_schedule s, double epoch, double epochs)
{
    double way = epoch / epochs;
    if (s.kind == GP_EXPONENTIAL)
        return pow(s.factor, floor(epoch));
    if (s.kind == GP_STEPWISE)
        return pow(s.factor, floor(epoch / (double)s.epochs));
    if (s.kind == GP_CONSTANT)
        return 1;
    if (way < 0.45)
        return 0.1 + 0.9 * way / 0.45;
    if (way < 0.9)
        return 1 - 0.9 * (way - 0.45) / 0.45;
    return 0.1 - 0.099 * (way - 0.9) / 0.1;
}

@ An empty string is the constant schedule. A factor above one would make the
rate grow without end and is taken for a slip.

@<Functions that schedule@>=
bool gp_schedule_parse(const char *words, gp_schedule *s)
{
    char rest;
    *s = @[(gp_schedule){GP_CONSTANT, 1, 1}@];
    if (*words == '\0' || strcmp(words, "constant") == 0)
        return true;
    if (strcmp(words, "1cycle") == 0)
        s->kind = GP_ONE_CYCLE;
    else if (sscanf(words, "exponential:%lf%c", &s->factor, &rest) == 1)
        s->kind = GP_EXPONENTIAL;
    else if (sscanf(words, "step:%zu:%lf%c", &s->epochs, &s->factor, &rest)
             == 2)
        s->kind = GP_STEPWISE;
    return s->kind != GP_CONSTANT && s->factor > 0 && s->factor <= 1
           && s->epochs > 0;
}

@ Evaluation takes large batches: nothing is learned, so their size is a matter
of speed alone.

@<Functions that evaluate@>=
static size_t largest(const real *row, size_t n)
{
    size_t best = 0;
    for (size_t j = 1; j < n; j++)
        if (row[j] > row[best])
            best = j;
    return best;
}

@ The answer of a network is its largest logit. The softmax would not change
which one is largest.

@<Functions that evaluate@>=
static size_t count_right(const gp_matrix *logits, const uint8_t *labels,
                          size_t *confusion)
{
    size_t right = 0;
    for (size_t i = 0; i < logits->rows; i++) {
        size_t answer = largest(gp_row(logits, i), logits->cols);
        right += answer == labels[i];
        if (confusion != NULL)
            confusion[labels[i] * logits->cols + answer]++;
    }
    return right;
}

@ Batches are views of the samples' own matrix; nothing is gathered and nothing
copied. The loss is summed and divided once, so that a smaller last batch has
its due weight.

@<Functions that evaluate@>=
gp_status gp_evaluate(gp_network *net, const gp_samples *samples,
                      gp_evaluation *result, size_t *confusion,
                      gp_error *error)
{
    int64_t labels[EVALUATION_BATCH];
    gp_cross_entropy_options options = {@[.labels@] = labels,
                                        @[.reduction@] = GP_REDUCE_SUM};
    double loss = 0;
    size_t right = 0, n = samples->count;
    gp_status s = gp_network_reserve(net, EVALUATION_BATCH, error);
    for (size_t i = 0; s == GP_OK && i < n; i += EVALUATION_BATCH) {
        size_t rows = n - i < EVALUATION_BATCH ? n - i : EVALUATION_BATCH;
        @<Evaluate the |rows| samples from |i| on@>@;
    }
    if (n > 0)
        *result = @[(gp_evaluation){loss / (double)n,
                                    (double)right / (double)n}@];
    return s;
}

@ The forward pass is that of inference: no dropout, and batch normalization
with the statistics that it has kept.

@<Evaluate the |rows| samples from |i| on@>=
gp_matrix x = gp_matrix_rows(&samples->x, i, rows);
const gp_matrix *logits = gp_network_forward(net, &x, false);
for (size_t k = 0; k < rows; k++)
    labels[k] = samples->labels[i + k];
loss += gp_softmax_cross_entropy(logits, &options, NULL, NULL);
right += count_right(logits, samples->labels + i, confusion);

@ A training step is four calls. The batch is gathered into a matrix that was
allocated once, and so is everything else: a step allocates nothing
\claim{training_allocates_nothing}.

@<Functions that train@>=
typedef struct {
    gp_network *net;
    gp_optimizer *optimizer;
    const gp_samples *samples;
    const gp_train_options *options;
    size_t batch, epoch, steps, done;
    size_t epochs; /* in all, those before a resume included */
    uint32_t *order;
    uint8_t *labels;
    gp_matrix x;
} training;

@ The gather copies the rows of a batch side by side. Random rows are what
shuffling costs: the processor cannot guess the next one.

@<Functions that train@>=
static double step(training *t, size_t first, size_t rows)
{
    gp_matrix x = gp_matrix_rows(&t->x, 0, rows);
    const uint32_t *order = t->order + first;
    gp_matrix_gather(&x, &t->samples->x, rows, order);
    for (size_t i = 0; i < rows; i++)
        t->labels[i] = t->samples->labels[order[i]];
    double loss = gp_network_gradients(t->net, &x, t->labels);
    gp_optimizer_step(t->optimizer);
    return loss;
}

@ A weight that overflows becomes infinite, and a sum of infinities of both
signs is not a number. The loss tells the second; Chapter~\ref{ch:relu-family}
wrote its rectifier so that what is not a number passes. But $-\infty$ is
negative, and a rectifier makes a clean zero of it: a unit whose bias has run
off to $-\infty$ is dead, and the loss stays finite. So each step looks at the
outputs of the layers that have weights; beside the products that made them
the look costs next to nothing.\claim{divergence_is_seen_behind_relu}

A value times zero is zero, unless it is not finite.

@<Functions that train@>=
static bool all_finite(const gp_matrix *m)
{
    real sum = 0;
    for (size_t i = 0; i < m->rows; i++) {
        const real *x = gp_row(m, i);
        GP_SIMD_REDUCE(+, sum)
        for (size_t j = 0; j < m->cols; j++)
            sum += x[j] * 0;
    }
    return sum == 0;
}

@ A layer without weights cannot overflow on finite inputs, so only those with
weights are looked at.

@<Functions that train@>=
static size_t first_not_finite(gp_network *net)
{
    size_t l = 0, layers = gp_network_layers(net);
    while (l < layers && (gp_network_layer(net, l)->parameters == 0
                          || all_finite(gp_network_output(net, l))))
        l++;
    return l;
}

@ The message counts layers and steps from 1. Where the loss alone is not
finite, the last layer is to blame.

@<Functions that train@>=
static gp_status diverged(const training *t, size_t l, double loss,
                          gp_error *error)
{
    size_t last = gp_network_layers(t->net) - 1;
    l = l < last ? l : last;
    return gp_fail(error, GP_FAILED, "diverged at epoch %zu, step %zu: "
        "loss %g; first not finite: layer %zu (%s)", t->epoch,
        t->done + 1, fabs(loss), l + 1,
        gp_network_layer(t->net, l)->type->name);
}

@ The last batch of an epoch may be smaller. A single sample cannot be
normalized, so a remainder of one is left out where the network holds a batch
normalization.

@<Functions that train@>=
static bool cannot_train_on(gp_network *net, size_t rows)
{
    for (size_t l = 0; l < gp_network_layers(net); l++)
        if (gp_batchnorm_check_batch(gp_network_layer(net, l), rows, NULL)
            != GP_OK)
            return true;
    return false;
}

@ The clock that never goes backward.

@<Functions that train@>=
static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

@ An epoch, with the schedule's factor before each step and a look at the
outputs after it. The factor is a function of the epochs that are done,
fractions included, so a resumed training finds its place in it.

@<Functions that train@>=
static gp_status run_epoch(training *t, double *mean_loss, gp_error *error)
{
    size_t n = t->samples->count;
    double sum = 0;
    t->done = 0;
    for (size_t i = 0; i < n; i += t->batch) {
        size_t rows = n - i < t->batch ? n - i : t->batch;
        if (rows < t->batch && cannot_train_on(t->net, rows))
            break;
        @<Set the learning rate of this step@>@;
        double loss = step(t, i, rows);
        size_t ruined = first_not_finite(t->net);
        if (!isfinite(loss) || ruined < gp_network_layers(t->net))
            return diverged(t, ruined, loss, error);
        sum += loss;
        t->done++;
        if (t->options->progress != NULL)
            t->options->progress(t->epoch, t->done, t->steps, loss,
                                 t->options->context);
    }
    *mean_loss = sum / (double)t->done;
    return GP_OK;
}

@ The time of a schedule is counted in epochs, with fractions.

@<Set the learning rate of this step@>=
double epochs_done = (double)(t->epoch - 1)
                     + (double)t->done / (double)t->steps;
gp_optimizer_scale(t->optimizer, gp_schedule_factor(
    t->options->schedule, epochs_done, (double)t->epochs));

@ The shuffle of an epoch starts from the samples in their own order, with a
stream that belongs to the epoch.

@<Functions that train@>=
static void shuffle(training *t)
{
    gp_random root = gp_random_new(t->options->seed);
    gp_random r = gp_random_split(&root, t->epoch);
    for (size_t i = 0; i < t->samples->count; i++)
        t->order[i] = (uint32_t)i;
    gp_random_shuffle(&r, t->samples->count, t->order);
}

@ The clock runs for shuffling and training; evaluation has its own time, which
nobody asked for.

@<Functions that train@>=
static gp_status one_epoch(training *t, const gp_dataset *data, gp_epoch *e,
                           gp_error *error)
{
    gp_evaluation v = {0};
    double began = seconds();
    shuffle(t);
    gp_status s = run_epoch(t, &e->train_loss, error);
    e->train_seconds = seconds() - began;
    e->samples_per_second = (double)t->samples->count / e->train_seconds;
    if (s == GP_OK && t->options->population)
        s = gp_population_statistics(t->net, data, t->batch, error);
    if (s == GP_OK)
        s = gp_evaluate(t->net, &data->validation, &v, NULL, error);
    e->validation_loss = v.loss;
    e->validation_accuracy = v.accuracy;
    return s;
}

@ A batch of one sample that a batch normalization would meet at the very first
step is an error, with that layer's own words; it would be met at every step.

@<Functions that train@>=
static gp_status prepare(training *t, gp_error *error)
{
    size_t n = t->samples->count, cols = t->samples->x.cols;
    size_t room = t->batch > EVALUATION_BATCH ? t->batch : EVALUATION_BATCH;
    if (cannot_train_on(t->net, t->batch < n ? t->batch : n))
        for (size_t l = 0; l < gp_network_layers(t->net); l++) {
            gp_status s = gp_batchnorm_check_batch(
                gp_network_layer(t->net, l), t->batch < n ? t->batch : n,
                error);
            if (s != GP_OK)
                return s;
        }
    t->order = malloc(n * sizeof *t->order);
    t->labels = malloc(t->batch);
    if (t->order == NULL || t->labels == NULL)
        return gp_fail(error, GP_NO_MEMORY, "no memory for %zu samples", n);
    gp_status s = gp_matrix_new(&t->x, t->batch, cols, error);
    return s == GP_OK ? gp_network_reserve(t->net, room, error) : s;
}

@ The outermost loop. Epochs are numbered from the very first, also in a resumed
training.

@<Functions that train@>=
gp_status gp_train(gp_network *net, gp_optimizer *optimizer,
                   const gp_dataset *data, const gp_train_options *options,
                   gp_error *error)
{
    training t = {@[.net@] = net, @[.optimizer@] = optimizer,
                  @[.samples@] = &data->train, @[.options@] = options,
                  @[.batch@] = options->batch ? options->batch : 32};
    size_t epochs = options->epochs ? options->epochs : 1;
    gp_status s = prepare(&t, error);
    t.steps = (t.samples->count + t.batch - 1) / t.batch;
    t.epochs = options->first_epoch + epochs;
    for (size_t k = 0; k < epochs && s == GP_OK; k++) {
        gp_epoch e = {@[.epoch@] = options->first_epoch + k + 1,
                      @[.epochs@] = options->first_epoch + epochs};
        t.epoch = e.epoch;
        s = one_epoch(&t, data, &e, error);
        if (s == GP_OK && options->report != NULL)
            options->report(&e, options->context);
    }
    gp_matrix_free(&t.x);
    free(t.order);
    free(t.labels);
    return s;
}

@ The statistics of the population: the training set once more, in training
mode and in order, with every batch normalization averaging over the batches
instead of forgetting the old ones.

@<Functions that train@>=
gp_status gp_population_statistics(gp_network *net, const gp_dataset *data,
                                   size_t batch, gp_error *error)
{
    size_t layers = gp_network_layers(net), n = data->train.count;
    gp_status s = gp_network_reserve(net, batch, error);
    for (size_t l = 0; l < layers; l++)
        gp_batchnorm_population_begin(gp_network_layer(net, l));
    for (size_t i = 0; s == GP_OK && i + batch <= n; i += batch) {
        gp_matrix x = gp_matrix_rows(&data->train.x, i, batch);
        gp_network_forward(net, &x, true);
    }
    for (size_t l = 0; l < layers; l++)
        gp_batchnorm_population_end(gp_network_layer(net, l));
    return s;
}

@* The program |lab|.
\label{sec:lab}
The reader's tool has one verb a question: \texttt{train} a network,
\texttt{probe} it before training, \texttt{eval}uate it from a file,
\texttt{compare} several, \texttt{fold} the normalizations away, predict the
\texttt{variance} of a stack, \texttt{sample} an initializer, and
\texttt{bench} the machine. Exit code 0 means done, 1 that it ran and failed,
2 that it was asked wrongly. The difference between 1 and 2 is for scripts: one
that tries a hundred settings should go on after a training that diverged, and
should stop at a mistyped option, which would spoil the other ninety-nine as
well.

@(tangled/lab.c@>=
#define _POSIX_C_SOURCE 200809L
#include <jansson.h> /* before ours, since it has a parameter |real| */
#include "gradient.h"
#include <cblas.h>
#include <errno.h>
#include <omp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
@<Options of |lab|@>@;
@<Functions that read options@>@;
@<Functions that speak@>@;
@<Functions that make networks from options@>@;
@<Commands of |lab|@>@;
@<The table of commands@>@;
@<The main program of |lab|@>@;

@ All options of all commands are one structure, filled from one table. A row
has the letters of the commands that take the option: \texttt{t} for train,
\texttt{p} for probe, and so on. So \texttt{-{}-depth} is refused by |train|,
which has no use for it, and not passed over. An option that is quietly ignored
does more harm than one that is missing, since its user believes in a result
that was computed without it.

@<Options of |lab|@>=
enum { MOST_NETS = 16 };
typedef struct {
    const char *net[MOST_NETS];
    size_t nets;
    const char *data, *optimizer, *schedule, *log, *save, *resume, *load,
        *plot, *init, *shape, *mode, *distribution, *bn_statistics,
        *activation;
    double lr, momentum, weight_decay, clip_norm, clip_value, scale, batch,
        epochs, seed, seeds, threads, limit, depth, width;
    bool json;
} options;

@ A kind of option says how its text is read. Networks may be given more than
once. The offset is the option's place in the structure, so that one loop can
fill all of them. To add an option is to add a member and a row; reading it,
listing it in the help and suggesting it to somebody who mistyped it follow by
themselves.

@<Options of |lab|@>=
typedef enum { TEXT, NET, NUMBER, COUNT, FLAG } option_kind;
static const struct {
    const char *name, *commands;
    option_kind kind;
    size_t offset;
    const char *help;
} option_table[] = {
    {"net", "tpcb", NET, 0, "SPEC: the network"},
    {"data", "tpec", TEXT, offsetof(options, data),
     "NAME: fashion-mnist, spirals or a folder"},
    {"batch", "tpc", COUNT, offsetof(options, batch), "N: 32"},
    {"epochs", "tc", COUNT, offsetof(options, epochs), "N: in all, 1"},
    {"lr", "tpc", NUMBER, offsetof(options, lr),
     "X: 0.01, Adam 0.001"},
    {"optimizer", "tc", TEXT, offsetof(options, optimizer),
     "sgd|momentum|nesterov|adam"},
    @<More rows of the option table@>@;
};
enum { OPTIONS = sizeof option_table / sizeof option_table[0] };

@ The help text of an option is a part of its row; there is no second list that
could fall behind.

@<More rows of the option table@>=
{"schedule", "t", TEXT, offsetof(options, schedule),
 "constant|exponential:FACTOR|step:EPOCHS:FACTOR|1cycle"},
{"momentum", "tc", NUMBER, offsetof(options, momentum), "X: 0.9"},
{"weight-decay", "tc", NUMBER, offsetof(options, weight_decay), "X: 0"},
{"clip-norm", "tc", NUMBER, offsetof(options, clip_norm), "X: off"},
{"clip-value", "tc", NUMBER, offsetof(options, clip_value), "X: off"},
{"seed", "tpscv", COUNT, offsetof(options, seed), "N: 1"},
{"seeds", "c", COUNT, offsetof(options, seeds), "N: runs a network, 3"},
{"threads", "tpecsbv", COUNT, offsetof(options, threads), "N: 1"},
{"limit", "tpc", COUNT, offsetof(options, limit),
 "N: at most so many training samples"},
{"log", "t", TEXT, offsetof(options, log), "F.tsv: a line an epoch"},
{"save", "tf", TEXT, offsetof(options, save), "F: checkpoint to write"},
{"resume", "t", TEXT, offsetof(options, resume),
 "F: checkpoint to go on from"},
{"load", "ef", TEXT, offsetof(options, load), "F: checkpoint to read"},

@ The last rows serve the initializers and the variance calculator.

@<More rows of the option table@>=
{"plot", "pc", TEXT, offsetof(options, plot), "F.svg: a picture"},
{"bn-statistics", "t", TEXT, offsetof(options, bn_statistics),
 "population|running"},
{"init", "sv", TEXT, offsetof(options, init), "NAME: initializer"},
{"shape", "s", TEXT, offsetof(options, shape), "INxOUT"},
{"scale", "sv", NUMBER, offsetof(options, scale), "X: 1"},
{"mode", "sv", TEXT, offsetof(options, mode), "fan_in|fan_out|fan_avg"},
{"distribution", "sv", TEXT, offsetof(options, distribution),
 "truncated_normal|untruncated_normal|uniform"},
{"activation", "v", TEXT, offsetof(options, activation), "WORD[:ALPHA]"},
{"depth", "v", COUNT, offsetof(options, depth), "N: 10"},
{"width", "v", COUNT, offsetof(options, width), "N: 256"},
{"json", "tpecbv", FLAG, offsetof(options, json), "one object a line"},

@ Bad usage ends the program with 2 and one sentence.

@<Functions that read options@>=
static int usage(const char *format, const char *a, const char *b)
{
    fprintf(stderr, "lab: ");
    fprintf(stderr, format, a, b);
    fputc('\n', stderr);
    return 2;
}
static int report_error(gp_status status, const gp_error *error)
{
    fprintf(stderr, "lab: %s\n", error->message);
    return status == GP_FAILED || status == GP_NO_MEMORY ? 1 : 2;
}

@ A mistyped option is answered with the nearest that the command takes.

@<Functions that read options@>=
static int unknown_option(const char *name, char letter)
{
    const char *known[OPTIONS + 1];
    size_t n = 0;
    for (size_t i = 0; i < OPTIONS; i++)
        if (strchr(option_table[i].commands, letter) != NULL)
            known[n++] = option_table[i].name;
    known[n] = NULL;
    return usage("unknown option '--%s'; the nearest that this command takes "
                 "is '--%s'", name, gp_nearest_word(name, known));
}

@ |strtod| takes infinities and hexadecimal numbers; the former are refused. A
count is a whole number of 1 or more, but a seed may be 0. Counts are kept in a
|double|, which holds every whole number up to $2^{53}\approx9.007\cdot10^{15}$ exactly;
hence the odd bound.

@<Functions that read options@>=
static int set_number(void *place, const char *name, const char *text,
                      bool whole)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end != '\0' || !isfinite(value) || value < 0)
        return usage("--%s: expected a number of 0 or more, found '%s'",
                     name, text);
    if (whole && (value != floor(value) || value > 9e15 || value < 1)
        && !(strcmp(name, "seed") == 0 && value == 0))
        return usage("--%s: expected a whole number of 1 or more, found "
                     "'%s'", name, text);
    *(double *)place = value;
    return 0;
}

@ The value goes to its place in the structure, wherever that is.

@<Functions that read options@>=
static int set_option(options *o, size_t i, const char *text)
{
    void *place = (char *)o + option_table[i].offset;
    if (option_table[i].kind == NET && o->nets == MOST_NETS)
        return usage("more than 16 networks, from '%s' on%s", text, "");
    if (option_table[i].kind == NET)
        o->net[o->nets++] = text;
    else if (option_table[i].kind == TEXT)
        *(const char **)place = text;
    else
        return set_number(place, option_table[i].name, text,
                          option_table[i].kind == COUNT);
    return 0;
}

@ Both \texttt{--option value} and \texttt{--option=value} are understood.

@<Functions that read options@>=
static int read_options(options *o, char letter, int argc, char **argv)
{
    for (int k = 0; k < argc; k++) {
        if (strncmp(argv[k], "--", 2) != 0)
            return usage("expected an option, found '%s'%s", argv[k], "");
        char name[32];
        const char *equals = strchr(argv[k], '=');
        snprintf(name, sizeof name, "%.*s",
                 equals ? (int)(equals - argv[k] - 2) : 31, argv[k] + 2);
        size_t i = 0;
        while (i < OPTIONS && (strcmp(option_table[i].name, name) != 0
               || strchr(option_table[i].commands, letter) == NULL))
            i++;
        if (i == OPTIONS)
            return unknown_option(name, letter);
        @<Give option |i| its value@>@;
    }
    return 0;
}

@ A flag has no value. Any other option that ends the line is answered with what
it expected.

@<Give option |i| its value@>=
if (option_table[i].kind == FLAG) {
    o->json = true;
    continue;
}
if (equals == NULL && k + 1 == argc)
    return usage("--%s: expected %s, found the end of the line", name,
                 option_table[i].help);
int status = set_option(o, i, equals ? equals + 1 : argv[++k]);
if (status != 0)
    return status;

@ Words among several are looked up in a list.

@<Functions that read options@>=
static int choose(const char *option, const char *word,
                  const char *const words[], int *choice)
{
    for (int i = 0; words[i] != NULL; i++)
        if (strcmp(words[i], word) == 0) {
            *choice = i;
            return 0;
        }
    char text[160];
    snprintf(text, sizeof text, "--%s: unknown word '%%s'; the nearest is "
             "'%%s'", option);
    return usage(text, word, gp_nearest_word(word, words));
}

@ One line of JSON, and then the pipe must see it at once. A line for each event,
and not one large document, lets a program at the other end begin before the
training has ended, and leaves whole lines behind when it is killed. JSON knows
neither infinity nor NaN; a diverged loss becomes |null|, which no reader can
mistake for a number.

@<Functions that speak@>=
static void say(json_t *object)
{
    json_dumpf(object, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER
                                   | JSON_REAL_PRECISION(9));
    putchar('\n');
    fflush(stdout);
    json_decref(object);
}
static json_t *number_or_null(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

@ Seed 0 is as good as any other, so a seed that was not given is negative.

@<Functions that make networks from options@>=
static uint64_t seed_of(const options *o)
{
    return o->seed >= 0 ? (uint64_t)o->seed : 1;
}

@ Where no data set is named, Fashion-MNIST is taken if it is installed, else
the spirals, and a line says which.

@<Functions that make networks from options@>=
static gp_status open_data(const options *o, gp_dataset *data,
                           gp_error *error)
{
    const char *name = o->data ? o->data : gp_dataset_default();
    if (o->data == NULL)
        fprintf(stderr, "lab: no --data; taking %s\n", name);
    gp_status s = gp_dataset_open(data, name,
                                  seed_of(o), error);
    if (s == GP_OK && o->limit > 0)
        gp_dataset_limit(data, (size_t)o->limit);
    return s;
}

@ A function that returns the network, or |NULL| with a message printed and the
exit code in |*code|.

@<Functions that make networks from options@>=
static gp_network *make_network(const char *text, size_t inputs,
                                size_t classes, uint64_t seed, int *code)
{
    gp_error error = {""};
    gp_network *net = gp_network_new(inputs, seed, &error);
    gp_status s = net ? gp_network_parse(net, text, &error) : GP_NO_MEMORY;
    if (s == GP_OK && gp_network_outputs(net) != classes)
        s = gp_fail(&error, GP_BAD_INPUT, "--net: the data has %zu classes: "
            "expected as many outputs, found %zu", classes,
            gp_network_outputs(net));
    if (s == GP_OK)
        return net;
    *code = report_error(s, &error);
    gp_network_free(net);
    return NULL;
}

@ What was not given is zero and stays zero; the optimizer knows its own
defaults.

@<Functions that make networks from options@>=
static int optimizer_options(const options *o, gp_optimizer_options *how)
{
    static const char *const words[] = {"sgd", "momentum", "nesterov",
                                        "adam", NULL};
    int kind = GP_SGD;
    int code = o->optimizer
                   ? choose("optimizer", o->optimizer, words, &kind) : 0;
    *how = @[(gp_optimizer_options){(gp_optimizer_kind)kind, o->lr,
             o->momentum}@];
    how->weight_decay = o->weight_decay;
    how->clip_norm = o->clip_norm;
    how->clip_value = o->clip_value;
    how->adam_form = GP_ADAM_EPSILON_PLAIN;
    return code;
}

@* The commands.
\label{sec:commands}
Training prints a line an epoch. The times go to the terminal's progress line
and to JSON only, so that the table is the same on every run, and two runs can
be compared with |diff|. The progress line itself goes to the error output, and
only where that is a terminal: a redirected table holds the table and nothing
else.

@<Commands of |lab|@>=
typedef struct {
    const options *o;
    FILE *log;
    bool terminal;
    gp_network *net;
    gp_optimizer *optimizer;
    gp_checkpoint_notes *notes;
    gp_status saved; /* of the last checkpoint */
    gp_error error;
} listener;
static void show_progress(size_t epoch, size_t step, size_t steps,
                          double loss, void *context)
{
    const listener *l = context;
    if (l->terminal && (step % 50 == 0 || step == steps))
        fprintf(stderr, "\repoch %zu  step %zu/%zu  loss %.4f ", epoch, step,
                steps, loss);
}

@ An epoch is reported up to three times: on the terminal, to the program that
reads JSON, and to the log.

@<Commands of |lab|@>=
static void show_epoch(const gp_epoch *e, void *context)
{
    listener *l = context;
    if (l->terminal)
        fprintf(stderr, "\r%60s\r", "");
    if (l->o->json)
        say(json_pack("{s:s, s:I, s:f, s:f, s:f, s:f, s:f}", "event", "epoch",
            "epoch", (json_int_t)e->epoch, "train_seconds", e->train_seconds,
            "samples_per_second", e->samples_per_second, "train_loss",
            e->train_loss, "val_loss", e->validation_loss, "val_accuracy",
            e->validation_accuracy));
    else
        printf("%5zu  %10.4f  %10.4f  %11.2f%%\n", e->epoch, e->train_loss,
               e->validation_loss, 100 * e->validation_accuracy);
    if (l->log != NULL)
        fprintf(l->log, "%zu\t%.9g\t%.9g\t%.9g\t%.6f\n", e->epoch,
                e->train_loss, e->validation_loss, e->validation_accuracy,
                e->train_seconds);
    @<Save what the epoch has made@>@;
}

@ A checkpoint is written after every epoch, so that whatever ends a long
training takes one epoch with it at most.

@<Save what the epoch has made@>=
l->notes->epoch = e->epoch;
if (l->o->save != NULL && l->saved == GP_OK)
    l->saved = gp_checkpoint_save(l->o->save, l->net, l->optimizer, l->notes,
                                  &l->error);

@ The test images are looked at once, when training is over. Whoever looks after
every epoch and keeps the best one has chosen by the test images, and what they
say about the chosen network is then too good. For choosing there are the
validation images.

@<Commands of |lab|@>=
static int finish_training(const options *o, gp_network *net,
                           const gp_dataset *data)
{
    gp_error error;
    gp_evaluation e;
    gp_status s = gp_evaluate(net, &data->test, &e, NULL, &error);
    if (s != GP_OK)
        return report_error(s, &error);
    size_t all = gp_network_count(net, false);
    size_t trainable = gp_network_count(net, true);
    if (o->json)
        say(json_pack("{s:s, s:f, s:f, s:I, s:I}", "event", "end",
            "test_accuracy", e.accuracy, "test_loss", e.loss, "parameters",
            (json_int_t)all, "trainable_parameters",
            (json_int_t)trainable));
    else
        printf("test accuracy %.2f%%, test loss %.4f; %zu parameters, %zu of "
               "them trainable\n", 100 * e.accuracy, e.loss, all, trainable);
    return 0;
}

@ The epochs of the command line count from the very first, so that the command
that was interrupted, with \texttt{-{}-resume} added, is the command that goes on. Where
they are done already, the reader means as many again.

@<Commands of |lab|@>=
static size_t epochs_to_run(const options *o,
                            const gp_checkpoint_notes *notes)
{
    size_t asked = o->epochs > 0 ? (size_t)o->epochs : 1;
    size_t done = (size_t)notes->epoch;
    size_t run = asked > done ? asked - done : asked;
    if (done > 0)
        fprintf(stderr, "lab: going on after epoch %zu, to epoch %zu\n",
                done, done + run);
    return run;
}

@ Between the options and |gp_train|.

@<Commands of |lab|@>=
static int run_training(const options *o, gp_network *net,
                        gp_optimizer *optimizer, const gp_dataset *data,
                        gp_checkpoint_notes *notes)
{
    gp_error error;
    listener l = {@[.o@] = o, @[.terminal@] = isatty(2) != 0, @[.net@] = net,
                  @[.optimizer@] = optimizer, @[.notes@] = notes};
    @<Say how to train@>@;
    @<Open the log@>@;
    if (!o->json)
        printf("%5s  %10s  %10s  %12s\n", "epoch", "train loss", "val loss",
               "val accuracy");
    gp_status s = gp_train(net, optimizer, data, &how, &error);
    if (l.log != NULL && fclose(l.log) != 0 && s == GP_OK)
        s = gp_fail(&error, GP_FAILED, "%s: %s", o->log, strerror(errno));
    if (l.saved != GP_OK)
        return report_error(l.saved, &l.error);
    return s == GP_OK ? finish_training(o, net, data)
                      : report_error(s, &error);
}

@ What a resumed training inherits comes from the notes, the rest from the line.

@<Say how to train@>=
gp_train_options how = {@[.batch@] = (size_t)notes->batch,
    @[.epochs@] = epochs_to_run(o, notes),
    @[.first_epoch@] = (size_t)notes->epoch, @[.seed@] = notes->seed,
    @[.population@] = o->bn_statistics
                      && strcmp(o->bn_statistics, "population") == 0,
    @[.progress@] = show_progress, @[.report@] = show_epoch,
    @[.context@] = &l};
if (!gp_schedule_parse(notes->schedule, &how.schedule))
    return usage("--schedule: expected constant, exponential:FACTOR, "
        "step:EPOCHS:FACTOR or 1cycle, found '%s'%s", notes->schedule,
        "");

@ A resumed training appends to its log.

@<Open the log@>=
if (o->log != NULL) {
    l.log = fopen(o->log, notes->epoch > 0 ? "a" : "w");
    if (l.log == NULL)
        return usage("%s: could not be opened: %s", o->log, strerror(errno));
    if (notes->epoch == 0)
        fprintf(l.log, "epoch\ttrain_loss\tval_loss\tval_accuracy\t"
                       "train_seconds\n");
}

@ A resumed training takes network, optimizer, schedule, seed, batch size and
data set from the file; the command line says how many epochs, and may name
the data's new place. A \texttt{-{}-net} may stand there still, if it is the same.

@<Commands of |lab|@>=
typedef struct {
    gp_network *net;
    gp_optimizer *optimizer;
    gp_checkpoint_notes notes;
    gp_dataset data;
} session;

@ The checkpoint is read first, since it knows the data set. What does not fit
together is told in a sentence: a network without an optimizer, another
\texttt{-{}-net}, other data, other samples.

@<Commands of |lab|@>=
static int resume(options *o, session *t)
{
    gp_error error = {""};
    t->net = gp_checkpoint_load(o->resume, &t->notes, &t->optimizer, &error);
    if (t->net == NULL)
        return report_error(GP_BAD_INPUT, &error);
    if (t->optimizer == NULL)
        return usage("%s: expected a checkpoint with an optimizer, found one "
                     "without%s", o->resume, "");
    @<Compare |net| with the checkpoint's network@>@;
    if (o->data == NULL && t->notes.data[0] != '\0')
        o->data = t->notes.data;
    o->seed = (double)t->notes.seed;
    gp_status s = open_data(o, &t->data, &error);
    if (s != GP_OK)
        return report_error(s, &error);
    @<Compare the data with the checkpoint's@>@;
    return 0;
}

@ Going on with fewer samples would be a different training under the same name.

@<Compare the data with the checkpoint's@>=
if (gp_network_inputs(t->net) != t->data.features
    || gp_network_outputs(t->net) != t->data.classes)
    return usage("%s: its network does not fit the data %s", o->resume,
                 t->data.name);
if (t->notes.samples != t->data.train.count)
    return usage("%s: it was trained on another number of samples than "
                 "%s has here; give the same --limit", o->resume,
                 t->data.name);

@ The comparison is of the texts, so that even a change that means the same is
noticed.

@<Compare |net| with the checkpoint's network@>=
if (o->nets == 1
    && strcmp(o->net[0], gp_network_specification(t->net)) != 0)
    return usage("--net: expected none, or the checkpoint's '%s', found "
                 "'%s'", gp_network_specification(t->net), o->net[0]);

@ A training from the beginning. The order matters: the options are checked
before the data are read, since reading takes half a second.

@<Commands of |lab|@>=
static int start(options *o, session *t)
{
    gp_error error = {""};
    gp_optimizer_options how;
    int code = optimizer_options(o, &how);
    if (code != 0)
        return code;
    gp_status s = open_data(o, &t->data, &error);
    if (s != GP_OK)
        return report_error(s, &error);
    @<Note for the checkpoint how the training began@>@;
    t->net = make_network(o->net[0], t->data.features, t->data.classes,
                          t->notes.seed, &code);
    if (t->net == NULL)
        return code;
    t->optimizer = gp_optimizer_new(t->net, how, &error);
    return t->optimizer ? 0 : report_error(GP_NO_MEMORY, &error);
}

@ The notes are complete before the first step, and every checkpoint of this
training carries them.

@<Note for the checkpoint how the training began@>=
t->notes.seed = seed_of(o);
t->notes.batch = o->batch > 0 ? (uint64_t)o->batch : 32;
t->notes.samples = t->data.train.count;
snprintf(t->notes.schedule, sizeof t->notes.schedule, "%s",
         o->schedule ? o->schedule : "constant");
snprintf(t->notes.data, sizeof t->notes.data, "%s",
         o->data ? o->data : t->data.name);

@ The command itself checks what the line asks for, and frees what the session
held.

@<Commands of |lab|@>=
static int train_command(const options *given)
{
    static const char *const statistics[] = {"running", "population", NULL};
    options o = *given;
    session t = {NULL};
    int choice;
    if (o.nets > 1 || (o.nets == 0 && o.resume == NULL))
        return usage("train: expected one --net or --resume, found %s%s",
                     o.nets == 0 ? "neither" : "more", "");
    if (o.bn_statistics && choose("bn-statistics", o.bn_statistics,
                                  statistics, &choice) != 0)
        return 2;
    int code = o.resume ? resume(&o, &t) : start(&o, &t);
    if (code == 0)
        code = run_training(&o, t.net, t.optimizer, &t.data, &t.notes);
    gp_optimizer_free(t.optimizer);
    gp_network_free(t.net);
    gp_dataset_free(&t.data);
    return code;
}

@ A probe sends one batch forward and back through a network that has not been
trained, and lets Chapter~\ref{ch:gradient-problem} judge every layer. One
batch is enough. What vanishes or explodes does so by a factor in every layer,
and over twenty layers such a factor makes powers of ten, beside which the
difference between one batch and another does not matter.

@<Commands of |lab|@>=
static gp_status diagnose_network(gp_network *net, const gp_dataset *data,
                                  size_t batch, double learning_rate,
                                  gp_diagnosis *d, gp_error *error)
{
    size_t n = gp_network_layers(net);
    batch = batch < data->train.count ? batch : data->train.count;
    gp_status s = gp_network_reserve(net, batch, error);
    gp_layer **layer = calloc(n, sizeof *layer);
    const gp_matrix **output = calloc(n, sizeof *output);
    const gp_matrix **delta = calloc(n, sizeof *delta);
    if (s == GP_OK && (layer == NULL || output == NULL || delta == NULL))
        s = gp_fail(error, GP_NO_MEMORY, "no memory for %zu layers", n);
    if (s == GP_OK) {
        @<Send one batch through the network and diagnose it@>@;
    }
    free(layer);
    free(output);
    free(delta);
    return s;
}

@ The first images of the training set will do; they are in no order.

@<Send one batch through the network and diagnose it@>=
gp_matrix x = gp_matrix_rows(&data->train.x, 0, batch);
gp_network_gradients(net, &x, data->train.labels);
for (size_t l = 0; l < n; l++) {
    layer[l] = gp_network_layer(net, l);
    output[l] = gp_network_output(net, l);
    delta[l] = gp_network_delta(net, l);
}
gp_diagnose(n, layer, output, delta, learning_rate, d);

@ A program gets every number of the diagnosis, with the histogram.

@<Commands of |lab|@>=
static void say_diagnosis(size_t l, const gp_diagnosis *d)
{
    json_t *bins = json_array();
    for (int b = 0; b < GP_BINS; b++)
        json_array_append_new(bins,
            json_integer((json_int_t)d->output.histogram[b]));
    say(json_pack("{s:s, s:I, s:s, s:o, s:o, s:o, s:o, s:f, s:f, s:o, s:o, "
        "s:o, s:s, s:o}", "event", "layer", "index", (json_int_t)l + 1,
        "layer", d->layer, "mean", number_or_null(d->output.mean),
        "deviation", number_or_null(d->output.deviation), "minimum",
        number_or_null(d->output.minimum), "maximum",
        number_or_null(d->output.maximum), "saturated", d->saturated, "dead",
        d->dead, "gradient", number_or_null(d->gradient),
        "gradient_to_weight", number_or_null(d->gradient_to_weight),
        "update_to_weight", number_or_null(d->update_to_weight), "verdict",
        gp_verdict_word(d->verdict), "histogram", bins));
}

@ The plot is drawn by gnuplot from a pipe: the spread of the activations and
the size of the gradient against the layer, both on one logarithmic axis. The
file's name goes to gnuplot in single quotes, between which a quote is written
twice and nothing else is special; in double quotes gnuplot would run what
stands between backquotes.

@<Commands of |lab|@>=
static int finish_plot(FILE *pipe, const char *path)
{
    if (pclose(pipe) == 0)
        return 0;
    return usage("%s: gnuplot could not draw it%s", path, "") - 1;
}

@ The file is opened and closed once before gnuplot starts, so that a wrong name
is our error and not gnuplot's; and a gnuplot that ends early must not take us
with it by a signal.

@<Commands of |lab|@>=
static FILE *begin_plot(const char *path)
{
    FILE *file = fopen(path, "w"), *pipe;
    if (file == NULL)
        return NULL;
    fclose(file);
    signal(SIGPIPE, SIG_IGN);
    pipe = popen("gnuplot", "w");
    if (pipe == NULL)
        return NULL;
    fprintf(pipe, "set terminal svg size 640,400 font 'sans-serif,12'\n"
            "set output '");
    for (const char *c = path; *c != '\0'; c++)
        fprintf(pipe, *c == '\'' ? "''" : "%c", *c);
    fprintf(pipe, "'\nset border 3\nset tics nomirror\n");
    return pipe;
}

@ Where a value is not finite gnuplot leaves a gap.

@<Commands of |lab|@>=
static int plot_diagnosis(const char *path, size_t n, const gp_diagnosis *d)
{
    FILE *pipe = begin_plot(path);
    if (pipe == NULL)
        return usage("%s: could not be drawn: %s", path,
                     strerror(errno)) - 1;
    fprintf(pipe, "set logscale y\nset format y '10^{%%L}'\n"
            "set xlabel 'layer'\nset xrange [0.5:%zu.5]\n$d << END\n", n);
    for (size_t l = 0; l < n; l++)
        fprintf(pipe, "%zu %g %g\n", l + 1, d[l].output.deviation,
                d[l].gradient);
    fprintf(pipe, "END\nplot $d using 1:2 with linespoints pt 7 ps 0.4 "
            "title 'deviation of the activations', $d using 1:3 with "
            "linespoints pt 7 ps 0.4 title 'size of the gradient'\n");
    return finish_plot(pipe, path);
}

@ A table, JSON, or a picture besides.

@<Commands of |lab|@>=
static int show_probe(const options *o, gp_network *net,
                      const gp_dataset *data)
{
    gp_error error;
    int code = 0;
    size_t n = gp_network_layers(net);
    gp_diagnosis *d = calloc(n, sizeof *d);
    gp_status s = d ? diagnose_network(net, data,
                          o->batch > 0 ? (size_t)o->batch : 100,
                          o->lr > 0 ? o->lr : 0.01, d, &error)
                    : gp_fail(&error, GP_NO_MEMORY, "no memory");
    if (s != GP_OK)
        code = report_error(s, &error);
    for (size_t l = 0; o->json && s == GP_OK && l < n; l++)
        say_diagnosis(l, &d[l]);
    if (!o->json && s == GP_OK)
        gp_diagnose_print(stdout, n, d);
    if (s == GP_OK && o->plot != NULL)
        code = plot_diagnosis(o->plot, n, d);
    free(d);
    return code;
}

@ A probe needs data, for the health of a network depends on what is put into
it.

@<Commands of |lab|@>=
static int probe_command(const options *o)
{
    gp_dataset data;
    gp_error error;
    int code = 0;
    if (o->nets != 1)
        return usage("probe: expected one --net, found %s%s",
                     o->nets == 0 ? "none" : "more", "");
    gp_status s = open_data(o, &data, &error);
    if (s != GP_OK)
        return report_error(s, &error);
    gp_network *net = make_network(o->net[0], data.features, data.classes,
        seed_of(o), &code);
    if (net != NULL)
        code = show_probe(o, net, &data);
    gp_network_free(net);
    gp_dataset_free(&data);
    return code;
}

@ Evaluation prints the confusion matrix: a row for each true class, a column
for each answer. The accuracy says how many answers were wrong; the matrix says
which. On Fashion-MNIST the mistakes are not spread evenly: most of them lie
among T-shirts, shirts, pullovers and coats, where the images leave room for doubt, and
next to none between a boot and a bag.

@<Commands of |lab|@>=
static void print_evaluation(const gp_evaluation *e, size_t classes,
                             const size_t *confusion)
{
    printf("test accuracy %.2f%%, test loss %.4f\n\ntrue \\ answer\n",
           100 * e->accuracy, e->loss);
    for (size_t i = 0; i < classes; i++) {
        printf("%5zu |", i);
        for (size_t j = 0; j < classes; j++)
            printf(" %5zu", confusion[i * classes + j]);
        putchar('\n');
    }
}

@ The same matrix as JSON, an array of rows.

@<Commands of |lab|@>=
static void say_evaluation(const gp_evaluation *e, size_t classes,
                           const size_t *confusion)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < classes; i++) {
        json_t *row = json_array();
        for (size_t j = 0; j < classes; j++)
            json_array_append_new(row,
                json_integer((json_int_t)confusion[i * classes + j]));
        json_array_append_new(rows, row);
    }
    say(json_pack("{s:s, s:f, s:f, s:o}", "event", "end", "test_accuracy",
                  e->accuracy, "test_loss", e->loss, "confusion", rows));
}

@ A checkpoint knows the name of its data set, but the data may have been
replaced by others of that name.

@<Commands of |lab|@>=
static int evaluate_file(const options *o, gp_network *net,
                         const gp_dataset *data)
{
    gp_error error;
    gp_evaluation e;
    if (gp_network_inputs(net) != data->features
        || gp_network_outputs(net) != data->classes)
        return usage("%s: its network does not fit the data %s", o->load,
                     data->name);
    size_t *confusion = calloc(data->classes * data->classes,
                               sizeof *confusion);
    gp_status s = confusion
        ? gp_evaluate(net, &data->test, &e, confusion, &error)
        : gp_fail(&error, GP_NO_MEMORY, "no memory");
    if (s == GP_OK && o->json)
        say_evaluation(&e, data->classes, confusion);
    else if (s == GP_OK)
        print_evaluation(&e, data->classes, confusion);
    free(confusion);
    return s == GP_OK ? 0 : report_error(s, &error);
}

@ The data set is the one that the network was trained on unless the line says
otherwise. The seed is the checkpoint's too: it made the spirals.

@<Commands of |lab|@>=
static int eval_command(const options *o)
{
    gp_dataset data;
    gp_error error;
    gp_checkpoint_notes notes;
    options with_data = *o;
    if (o->load == NULL)
        return usage("eval: expected --load F%s%s", "", "");
    gp_network *net = gp_checkpoint_load(o->load, &notes, NULL, &error);
    if (net == NULL)
        return report_error(GP_BAD_INPUT, &error);
    if (o->data == NULL && notes.data[0] != '\0')
        with_data.data = notes.data;
    with_data.seed = (double)notes.seed;
    gp_status s = open_data(&with_data, &data, &error);
    int code = s == GP_OK ? evaluate_file(o, net, &data)
                          : report_error(s, &error);
    if (s == GP_OK)
        gp_dataset_free(&data);
    gp_network_free(net);
    return code;
}

@ Initializers go to standard output as raw numbers, for other tools to
examine. The rows are written without their padding.

@<Commands of |lab|@>=
static int scaling_options(const options *o, gp_variance_scaling *s)
{
    static const char *const modes[] = {"fan_in", "fan_out", "fan_avg",
                                        NULL};
    static const char *const distributions[] = {
        "truncated_normal", "untruncated_normal", "uniform", NULL};
    int mode = 0, distribution = 0;
    if ((o->mode && choose("mode", o->mode, modes, &mode) != 0)
        || (o->distribution && choose("distribution", o->distribution,
                                      distributions, &distribution) != 0))
        return 2;
    *s = @[(gp_variance_scaling){o->scale > 0 ? o->scale : 1,
        (gp_mode)mode, (gp_distribution)distribution}@];
    return 0;
}

@ A full disk or a closed pipe must not pass for success.

@<Commands of |lab|@>=
static int write_rows(const gp_matrix *w)
{
    for (size_t i = 0; i < w->rows; i++)
        if (fwrite(gp_row(w, i), sizeof(real), w->cols, stdout) != w->cols)
            return usage("standard output: %s%s", strerror(errno), "") - 1;
    return fflush(stdout) == 0 ? 0 : 1;
}

@ The weights are those that the first layer of a network with this seed would
get.

@<Commands of |lab|@>=
static int fill(const options *o, gp_matrix *w)
{
    gp_random root = gp_random_new(seed_of(o));
    gp_random r = gp_random_split(&root, 0);
    gp_variance_scaling s;
    if (strcmp(o->init, "variance_scaling") == 0) {
        if (scaling_options(o, &s) != 0)
            return 2;
        gp_initialize_variance_scaling(w, s, &r);
    } else if (!gp_initialize(w, o->init, &r)) {
        return usage("--init: unknown initializer '%s'; the nearest is '%s'",
            o->init, gp_nearest_word(o->init, gp_initializer_names()));
    }
    return write_rows(w);
}

@ The shape has a bound, by division again.

@<Commands of |lab|@>=
static int sample_command(const options *o)
{
    gp_error error;
    gp_matrix w;
    unsigned long long in, out;
    char rest;
    if (o->init == NULL || o->shape == NULL)
        return usage("sample: expected --init NAME and --shape INxOUT%s%s",
                     "", "");
    if (sscanf(o->shape, "%llux%llu%c", &in, &out, &rest) != 2 || in < 1
        || out < 1 || in > 1000000000 || out > 1000000000 / in)
        return usage("--shape: expected INxOUT with at most 1e9 weights, "
                     "found '%s'%s", o->shape, "");
    gp_status s = gp_matrix_new(&w, (size_t)in, (size_t)out, &error);
    if (s != GP_OK)
        return report_error(s, &error);
    int code = fill(o, &w);
    gp_matrix_free(&w);
    return code;
}

@ The variance calculator of Chapter~\ref{ch:initialization} for one stack of
equal layers: what theory predicts, and what one network has.

@<Commands of |lab|@>=
static int find_activation(const char *text, gp_variance_stack *stack)
{
    @<Activations that the calculator takes@>@;
    const char *words[sizeof table / sizeof table[0] + 1] = {NULL};
    char name[32];
    const char *colon = strchr(text, ':');
    snprintf(name, sizeof name, "%.*s", colon ? (int)(colon - text) : 31,
             text);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        words[i] = table[i].word;
        if (strcmp(name, table[i].word) != 0)
            continue;
        stack->activation = table[i].type;
        stack->arguments.alpha =
            (real)(colon ? strtod(colon + 1, NULL) : table[i].alpha);
        return 0;
    }
    return usage("--activation: unknown word '%s'; the nearest is '%s'",
                 name, gp_nearest_word(name, words));
}

@ The calculator integrates a function of one number, so it takes the
activations that are one: no PReLU, no dropout.

@<Activations that the calculator takes@>=
static const struct {
    const char *word;
    const gp_activation_type *type;
    double alpha;
} table[] = {{"relu", &gp_relu, 0}, {"sigmoid", &gp_sigmoid, 0},
    {"tanh", &gp_tanh, 0}, {"leaky_relu", &gp_leaky_relu, 0.01},
    {"elu", &gp_elu, 1}, {"selu", &gp_selu, 0}, {"gelu", &gp_gelu, 0},
    {"swish", &gp_swish, 1}, {"mish", &gp_mish, 0},
    {"softplus", &gp_softplus, 0}, {"celu", &gp_celu, 1},
    {"identity", &gp_identity, 0}};

@ The second moments of theory and experiment stand side by side.

@<Commands of |lab|@>=
static void print_variance(const options *o, size_t depth,
                           const gp_variance_row *p, const gp_variance_row *m)
{
    if (!o->json)
        printf("%5s %24s %24s\n%5s %12s%12s %12s%12s\n", "", "E[x^2] forward",
               "E[dx^2] backward", "layer", "predicted", "measured",
               "predicted", "measured");
    for (size_t l = 0; l <= depth; l++) {
        double fp = p[l].variance + p[l].mean * p[l].mean;
        double fm = m[l].variance + m[l].mean * m[l].mean;
        if (o->json)
            say(json_pack("{s:s, s:I, s:o, s:o, s:o, s:o}", "event", "layer",
                "layer", (json_int_t)l, "forward_predicted",
                number_or_null(fp), "forward_measured", number_or_null(fm),
                "backward_predicted", number_or_null(p[l].gradient),
                "backward_measured", number_or_null(m[l].gradient)));
        else
            printf("%5zu %12.4g%12.4g %12.4g%12.4g\n", l, fp, fm,
                   p[l].gradient, m[l].gradient);
    }
}

@ Prediction first, then one network with 256 random inputs.

@<Commands of |lab|@>=
static int calculate(const options *o, gp_variance_stack *stack,
                     size_t *width, gp_variance_row *row)
{
    gp_error error;
    size_t depth = stack->depth;
    gp_random r = gp_random_new(seed_of(o));
    for (size_t l = 0; l <= depth; l++)
        width[l] = o->width > 0 ? (size_t)o->width : 256;
    stack->width = width;
    gp_status s = gp_variance_predict(stack, row, &error);
    if (s == GP_OK)
        s = gp_variance_measure(stack, 256, &r, row + depth + 1, &error);
    if (s != GP_OK)
        return report_error(s, &error);
    print_variance(o, depth, row, row + depth + 1);
    return 0;
}

@ Without any option the calculator shows ReLU after He, ten layers deep: a
table of ones.

@<Commands of |lab|@>=
static int variance_command(const options *o)
{
    gp_variance_stack stack = {@[.depth@] = o->depth > 0 ? (size_t)o->depth
                                                        : 10};
    if (stack.depth > 10000 || o->width > 10000)
        return usage("variance: expected --depth and --width of at most "
                     "10000%s%s", "", "");
    if (find_activation(o->activation ? o->activation : "relu", &stack) != 0)
        return 2;
    if (o->init && strcmp(o->init, "variance_scaling") != 0)
        stack.initializer = o->init;
    else if (o->init == NULL && o->scale == 0 && o->mode == NULL)
        stack.initializer = "he_normal";
    if (scaling_options(o, &stack.scaling) != 0)
        return 2;
    size_t *width = calloc(stack.depth + 1, sizeof *width);
    gp_variance_row *row = calloc(2 * (stack.depth + 1), sizeof *row);
    int code = width && row ? calculate(o, &stack, width, row) : 1;
    free(width);
    free(row);
    return code;
}

@ Folding takes the normalizations out of a trained network: each one behind a
dense layer goes into that layer, each one in front of a dense layer into the
one behind it.

@<Commands of |lab|@>=
static size_t skip_of(gp_network *net, size_t l, gp_error *error,
                      gp_status *s)
{
    gp_layer *here = gp_network_layer(net, l);
    gp_layer *before = l > 0 ? gp_network_layer(net, l - 1) : NULL;
    gp_layer *after = l + 1 < gp_network_layers(net)
                          ? gp_network_layer(net, l + 1) : NULL;
    bool down = before && strcmp(before->type->name, "dense") == 0;
    bool up = after && strcmp(after->type->name, "dense") == 0;
    if (!gp_batchnorm_is(here) || (!down && !up))
        return 0;
    *s = down ? gp_batchnorm_fold(before, here, error)
              : gp_batchnorm_fold_before(here, after, error);
    return *s == GP_OK;
}

@ A dense layer without a bias has no place for the shift, so the folded
network gives every dense layer one. The words of the new network are those of
the old without \texttt{batchnorm} and \texttt{nobias}.

@<Commands of |lab|@>=
static gp_status copy_with_biases(gp_network *from, gp_network *to,
                                  gp_error *error)
{
    gp_status s = GP_OK;
    for (size_t l = 0; s == GP_OK && l < gp_network_layers(from); l++) {
        gp_layer *old = gp_network_layer(from, l);
        char word[128];
        @<Write the word of layer |old| without \texttt{nobias}@>@;
        s = gp_network_parse(to, word, error);
        gp_layer *new = s == GP_OK ? gp_network_layer(to, l) : NULL;
        for (size_t p = 0; s == GP_OK && p < old->parameters; p++)
            gp_matrix_copy(&new->parameter[p].value,
                           &old->parameter[p].value);
    }
    return s;
}

@ The specification that the network recorded is one word a layer where groups
are written out; the grammar's functions give the word of a layer back.

@<Write the word of layer |old| without \texttt{nobias}@>=
const char *recorded = gp_network_word(from, l);
if (strcmp(old->type->name, "dense") == 0)
    snprintf(word, sizeof word, "dense:%zu", old->outputs);
else
    snprintf(word, sizeof word, "%.127s", recorded);

@ The second copy leaves the folded layers out.

@<Commands of |lab|@>=
static gp_status copy_without_folded(gp_network *from, const bool *gone,
                                     gp_network *to, gp_error *error)
{
    gp_status s = GP_OK;
    for (size_t l = 0, k = 0; s == GP_OK && l < gp_network_layers(from); l++) {
        gp_layer *old = gp_network_layer(from, l);
        if (gone[l])
            continue;
        s = gp_network_parse(to, gp_network_word(from, l), error);
        gp_layer *new = s == GP_OK ? gp_network_layer(to, k++) : NULL;
        for (size_t p = 0; s == GP_OK && p < old->parameters; p++)
            gp_matrix_copy(&new->parameter[p].value,
                           &old->parameter[p].value);
    }
    return s;
}

@ Two copies are made: a wide one, in which every dense layer has a bias and the
folding is done, and a small one without the layers that have become
identities.

@<Commands of |lab|@>=
static int fold_network(const options *o, gp_network *net,
                        gp_checkpoint_notes *notes)
{
    gp_error error = {""};
    size_t n = gp_network_layers(net), folded = 0;
    bool *gone = calloc(n, sizeof *gone);
    gp_network *wide = gp_network_new(gp_network_inputs(net),
                                      gp_network_seed(net), &error);
    gp_network *small = gp_network_new(gp_network_inputs(net),
                                       gp_network_seed(net), &error);
    gp_status s = gone && wide && small ? copy_with_biases(net, wide, &error)
                                        : GP_NO_MEMORY;
    @<Fold, shrink and save@>@;
    free(gone);
    gp_network_free(wide);
    gp_network_free(small);
    return s == GP_OK ? 0 : report_error(s, &error);
}

@ A normalization between two activations has no dense layer beside it and
stays.

@<Fold, shrink and save@>=
for (size_t l = 0; s == GP_OK && l < n; l++)
    folded += gone[l] = skip_of(wide, l, &error, &s) != 0;
if (s == GP_OK)
    s = copy_without_folded(wide, gone, small, &error);
if (s == GP_OK)
    s = gp_checkpoint_save(o->save, small, NULL, notes, &error);
if (s == GP_OK)
    printf("%zu batch normalizations folded; %zu layers are left of "
           "%zu\n", folded, gp_network_layers(small), n);

@ The folded network is saved without an optimizer, for it is not meant to be
trained on.

@<Commands of |lab|@>=
static int fold_command(const options *o)
{
    gp_error error;
    gp_checkpoint_notes notes;
    if (o->load == NULL || o->save == NULL)
        return usage("fold: expected --load F and --save F%s%s", "", "");
    gp_network *net = gp_checkpoint_load(o->load, &notes, NULL, &error);
    if (net == NULL)
        return report_error(GP_BAD_INPUT, &error);
    int code = fold_network(o, net, &notes);
    gp_network_free(net);
    return code;
}

@ A comparison trains every network with several seeds. A single run proves
little: the spread over the seeds says which differences are real.

@<Commands of |lab|@>=
static int one_run(const options *o, const gp_dataset *data,
                   const char *net_text, uint64_t seed, double *accuracy)
{
    int code = 0;
    gp_error error = {""};
    gp_optimizer_options how;
    gp_evaluation e = {0};
    gp_train_options train = {
        @[.batch@] = o->batch > 0 ? (size_t)o->batch : 32,
        @[.epochs@] = o->epochs > 0 ? (size_t)o->epochs : 1,
        @[.seed@] = seed};
    if (optimizer_options(o, &how) != 0)
        return 2;
    @<Train one network and evaluate it@>@;
    *accuracy = s == GP_OK ? e.accuracy : NAN;
    gp_optimizer_free(optimizer);
    gp_network_free(net);
    return s == GP_OK || s == GP_FAILED ? 0 : report_error(s, &error);
}

@ Nothing is printed on the way; the row of the table comes when all its seeds
are done.

@<Train one network and evaluate it@>=
gp_network *net = make_network(net_text, data->features, data->classes,
                               seed, &code);
if (net == NULL)
    return code;
gp_optimizer *optimizer = gp_optimizer_new(net, how, &error);
gp_status s = gp_train(net, optimizer, data, &train, &error);
if (s == GP_OK)
    s = gp_evaluate(net, &data->test, &e, NULL, &error);

@ A run that diverged has no accuracy; it is counted, and left out of the mean.

@<Commands of |lab|@>=
typedef struct {
    double mean, deviation, least, most;
    size_t runs, diverged;
} comparison;

@ The deviation is that of a sample, with one less than the number of runs in
the denominator.

@<Commands of |lab|@>=
static comparison summarize(const double *accuracy, size_t runs)
{
    comparison c = {0, 0, INFINITY, -INFINITY, 0, 0};
    for (size_t i = 0; i < runs; i++)
        if (isfinite(accuracy[i])) {
            c.runs++;
            c.mean += accuracy[i];
            c.least = fmin(c.least, accuracy[i]);
            c.most = fmax(c.most, accuracy[i]);
        }
    c.diverged = runs - c.runs;
    c.mean /= (double)c.runs;
    for (size_t i = 0; i < runs; i++)
        if (isfinite(accuracy[i]) && c.runs > 1)
            c.deviation += (accuracy[i] - c.mean) * (accuracy[i] - c.mean)
                           / (double)(c.runs - 1);
    c.deviation = sqrt(c.deviation);
    return c;
}

@ Mean and deviation, then the range, how many runs there were and how many
diverged.

@<Commands of |lab|@>=
static void show_comparison(const options *o, const char *net,
                            const comparison *c)
{
    if (o->json)
        say(json_pack("{s:s, s:s, s:I, s:I, s:o, s:o, s:o, s:o}", "event",
            "network", "net", net, "runs", (json_int_t)c->runs, "diverged",
            (json_int_t)c->diverged, "mean_test_accuracy",
            number_or_null(c->mean), "deviation",
            number_or_null(c->deviation), "least", number_or_null(c->least),
            "most", number_or_null(c->most)));
    else if (c->runs > 0)
        printf("%6.2f%% +- %5.2f  %6.2f..%-6.2f %5zu %9zu  %s\n",
               100 * c->mean, 100 * c->deviation, 100 * c->least,
               100 * c->most, c->runs, c->diverged, net);
    else
        printf("%16s  %14s %5d %9zu  %s\n", "-", "-", 0, c->diverged, net);
    fflush(stdout);
}

@ A point and a bar for each network.

@<Commands of |lab|@>=
static int plot_comparison(const options *o, const comparison *c)
{
    FILE *pipe = begin_plot(o->plot);
    if (pipe == NULL)
        return usage("%s: could not be drawn: %s", o->plot,
                     strerror(errno)) - 1;
    fprintf(pipe, "set ylabel 'test accuracy (%%)'\nset xtics nomirror\n"
            "set xrange [0.5:%zu.5]\nset xlabel 'network, in the order of "
            "the table'\nset xtics 1\n$d << END\n", o->nets);
    for (size_t i = 0; i < o->nets; i++)
        if (c[i].runs > 0)
            fprintf(pipe, "%zu %g %g %g\n", i + 1, 100 * c[i].mean,
                    100 * c[i].least, 100 * c[i].most);
    fprintf(pipe, "END\nplot $d using 1:2:3:4 with yerrorbars pt 7 "
            "title 'mean, least and most'\n");
    return finish_plot(pipe, o->plot);
}

@ Every network meets the same seeds, and so the same order of samples.

@<Commands of |lab|@>=
static int compare_all(const options *o, const gp_dataset *data)
{
    size_t seeds = o->seeds > 0 ? (size_t)o->seeds : 3;
    comparison result[MOST_NETS];
    double accuracy[1000];
    if (seeds > 1000)
        return usage("--seeds: expected at most 1000%s%s", "", "");
    if (!o->json)
        printf("%-16s  %-14s %5s %9s  %s\n", "test accuracy", "range",
               "runs", "diverged", "network");
    for (size_t i = 0; i < o->nets; i++) {
        for (size_t k = 0; k < seeds; k++) {
            uint64_t seed = seed_of(o) + k;
            int code = one_run(o, data, o->net[i], seed, &accuracy[k]);
            if (code != 0)
                return code;
        }
        result[i] = summarize(accuracy, seeds);
        show_comparison(o, o->net[i], &result[i]);
    }
    return o->plot ? plot_comparison(o, result) : 0;
}

@ The data set is read once for all networks.

@<Commands of |lab|@>=
static int compare_command(const options *o)
{
    gp_dataset data;
    gp_error error;
    if (o->nets == 0)
        return usage("compare: expected --net, once or more%s%s", "", "");
    gp_status s = open_data(o, &data, &error);
    if (s != GP_OK)
        return report_error(s, &error);
    int code = compare_all(o, &data);
    gp_dataset_free(&data);
    return code;
}

@* Measuring speed.
\label{sec:lab-bench}
A kernel's time is the least of several rounds: whatever else the machine does
can only add to it. Elementwise kernels are measured in nanoseconds an element
and in bytes moved; the matrix product in floating-point operations.

@<Commands of |lab|@>=
static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}
static double least_seconds(void (*work)(void *), void *context)
{
    double least = INFINITY, end = now() + 0.25;
    while (now() < end) {
        double began = now();
        work(context);
        least = fmin(least, now() - began);
    }
    return least;
}

@ What a kernel needs to run again and again.

@<Commands of |lab|@>=
typedef struct {
    gp_layer *layer;
    gp_matrix x, y, dy, dx;
    gp_random random;
} layer_bench;

@ One forward pass, one backward pass: what is timed.

@<Commands of |lab|@>=
static void forward_once(void *context)
{
    layer_bench *b = context;
    gp_pass pass = {true, &b->random};
    gp_layer_forward(b->layer, &b->x, &b->y, &pass);
}
static void backward_once(void *context)
{
    layer_bench *b = context;
    gp_layer_backward(b->layer, &b->x, &b->y, &b->dy, &b->dx);
}

@ Elementwise layers read one array and write one, or read three and write one.

@<Commands of |lab|@>=
static void show_kernel(const options *o, const char *name, const char *way,
                        double seconds, double elements, double bytes,
                        double operations)
{
    double ns = 1e9 * seconds / elements, gbs = 1e-9 * bytes / seconds;
    double gflops = 1e-9 * operations / seconds;
    if (o->json)
        say(json_pack("{s:s, s:s, s:s, s:f, s:f, s:f}", "event", "kernel",
            "name", name, "pass", way, "ns_per_element", ns, "gb_per_second",
            gbs, "gflop_per_second", gflops));
    else
        printf("%-14s %-9s %8.3f ns/element %8.2f GB/s %8.2f GFLOP/s\n",
               name, way, ns, gbs, gflops);
}

@ The work of a kernel is always the same: 128 samples of 512 units.

@<Commands of |lab|@>=
enum { BENCH_ROWS = 128, BENCH_COLS = 512 };

@ A layer of |BENCH_COLS| units on |BENCH_ROWS| samples, which fit into the
second-level cache: the kernel is measured and not the memory.

@<Commands of |lab|@>=
static int bench_layer(const options *o, const char *word)
{
    gp_error error;
    bool dense = strncmp(word, "dense", 5) == 0;
    double n = (double)BENCH_ROWS * BENCH_COLS;
    double flops = dense ? 2 * n * BENCH_COLS : 0;
    layer_bench b = {@[.random@] = gp_random_new(1)};
    gp_network *net = gp_network_new(BENCH_COLS, 1, &error);
    gp_matrix *all[] = {&b.x, &b.y, &b.dy, &b.dx};
    gp_status s = net ? gp_network_parse(net, word, &error) : GP_NO_MEMORY;
    if (s == GP_OK)
        s = gp_network_reserve(net, BENCH_ROWS, &error);
    for (int i = 0; s == GP_OK && i < 4; i++) {
        s = gp_matrix_new(all[i], BENCH_ROWS, BENCH_COLS, &error);
        if (s == GP_OK)
            gp_random_fill_normal(&b.random, all[i], 0, 1);
    }
    if (s == GP_OK) {
        @<Time the layer both ways@>@;
    }
    for (int i = 0; i < 4; i++)
        gp_matrix_free(all[i]);
    gp_network_free(net);
    return s == GP_OK ? 0 : report_error(s, &error);
}

@ The word is parsed into a network of one layer, but timed by itself.

@<Time the layer both ways@>=
b.layer = gp_network_layer(net, 0);
const char *name = b.layer->type->name;
show_kernel(o, name, "forward", least_seconds(forward_once, &b), n,
            2 * n * sizeof(real), flops);
show_kernel(o, name, "backward", least_seconds(backward_once, &b), n,
            4 * n * sizeof(real), 2 * flops);

@ A training step of whole networks, on made-up data, in samples a second.

@<Commands of |lab|@>=
typedef struct {
    gp_network *net;
    gp_optimizer *optimizer;
    gp_matrix x;
    uint8_t labels[128];
} step_bench;

@ One step is the gradients and the update. Data are not gathered here; that
belongs to training.

@<Commands of |lab|@>=
static void step_once(void *context)
{
    step_bench *b = context;
    gp_network_gradients(b->net, &b->x, b->labels);
    gp_optimizer_step(b->optimizer);
}

@ A network of the wrong width cannot be timed; |make_network| says so.

@<Commands of |lab|@>=
static int bench_step(const options *o, const char *text, size_t batch)
{
    gp_error error;
    int code = 0;
    step_bench b = {@[.net@] = make_network(text, 784, 10, 1, &code)};
    if (b.net == NULL)
        return code;
    gp_random r = gp_random_new(1);
    gp_optimizer_options how = {@[.kind@] = GP_SGD, @[.learning_rate@] = 1e-6};
    b.optimizer = gp_optimizer_new(b.net, how, &error);
    gp_status s = gp_matrix_new(&b.x, batch, 784, &error);
    if (s == GP_OK && b.optimizer != NULL)
        s = gp_network_reserve(b.net, batch, &error);
    if (s == GP_OK && b.optimizer != NULL) {
        @<Time a training step@>@;
    }
    gp_matrix_free(&b.x);
    gp_optimizer_free(b.optimizer);
    gp_network_free(b.net);
    return s == GP_OK ? 0 : report_error(s, &error);
}

@ The best of several runs counts. Whatever disturbs a measurement makes it
longer, never shorter.

@<Time a training step@>=
gp_random_fill_normal(&r, &b.x, 0, 1);
for (size_t i = 0; i < batch; i++)
    b.labels[i] = (uint8_t)(i % 10);
double seconds = least_seconds(step_once, &b);
if (o->json)
    say(json_pack("{s:s, s:s, s:I, s:f, s:f}", "event", "step", "net", text,
        "batch", (json_int_t)batch, "microseconds", 1e6 * seconds,
        "samples_per_second", (double)batch / seconds));
else
    printf("%9.1f us %10.0f samples/s  batch %3zu  %s\n", 1e6 * seconds,
           (double)batch / seconds, batch, text);

@ Without a network the list is: every kernel, then three networks, each with
two sizes of batch.

@<Commands of |lab|@>=
static int bench_command(const options *o)
{
    static const char *const words[] = {"dense:512", "sigmoid", "tanh",
        "relu", "leaky_relu", "prelu", "rrelu", "elu", "selu", "gelu",
        "swish", "mish", "softplus", "batchnorm", "dropout:0.5"};
    static const char *const nets[] = {
        "dense:300 relu dense:100 relu dense:10",
        "dense:300:nobias batchnorm relu dense:100:nobias batchnorm relu "
        "dense:10",
        "20*(dense:100:lecun_normal selu) dense:10"};
    int code = 0;
    for (size_t i = 0; i < sizeof words / sizeof words[0] && !o->nets; i++)
        code = code ? code : bench_layer(o, words[i]);
    for (size_t i = 0; i < (o->nets ? o->nets : 3); i++) {
        const char *text = o->nets ? o->net[i] : nets[i];
        code = code ? code : bench_step(o, text, 32);
        code = code ? code : bench_step(o, text, 128);
    }
    return code;
}

@* From the command line to a command.
\label{sec:lab-main}
The commands are a table, and help is printed from it.

@<The table of commands@>=
static const struct {
    const char *name;
    char letter;
    int (*run)(const options *);
    const char *help;
} commands[] = {
    {"train", 't', train_command, "train a network"},
    {"probe", 'p', probe_command,
     "diagnose every layer of an untrained network"},
    {"eval", 'e', eval_command, "evaluate a checkpoint on the test set"},
    {"compare", 'c', compare_command,
     "train several networks with several seeds"},
    {"variance", 'v', variance_command,
     "predict and measure the variance along a stack"},
    {"fold", 'f', fold_command,
     "take batch normalization out of a checkpoint"},
    {"sample", 's', sample_command,
     "raw weights of an initializer on standard output"},
    {"bench", 'b', bench_command, "time kernels and training steps"},
};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

@ Help is printed from the tables that the program runs on.

@<The main program of |lab|@>=
static int help_on(FILE *file, size_t c)
{
    fprintf(file, "\nlab %s: %s\n", commands[c].name, commands[c].help);
    for (size_t i = 0; i < OPTIONS; i++)
        if (strchr(option_table[i].commands, commands[c].letter))
            fprintf(file, "  --%-14s %s\n", option_table[i].name,
                    option_table[i].help);
    return 0;
}

@ All commands, and the two lists of words that nobody remembers.

@<The main program of |lab|@>=
static int help(FILE *file)
{
    fprintf(file, "usage: lab COMMAND [--option value ...]\n");
    for (size_t c = 0; c < COMMANDS; c++)
        help_on(file, c);
    fprintf(file, "\nA network is layers separated by spaces, for example\n"
            "  20*(dense:100:lecun_normal selu) dense:10\nLayers:");
    for (const char *const *w = gp_network_words(); *w != NULL; w++)
        fprintf(file, " %s", *w);
    fprintf(file, "\nInitializers:");
    for (const char *const *w = gp_initializer_names(); *w != NULL; w++)
        fprintf(file, " %s", *w);
    fputc('\n', file);
    return file == stdout ? 0 : 2;
}

@ One thread is the default: on networks this small a second one costs more in
waiting than it saves, and the same bits come out whatever the machine.

@<The main program of |lab|@>=
static int run_command(size_t c, int argc, char **argv)
{
    options o = {@[.seed@] = -1};
    int code = read_options(&o, commands[c].letter, argc, argv);
    if (code != 0)
        return code;
    if (o.threads > 1024)
        return usage("--threads: expected at most 1024%s%s", "", "");
    omp_set_num_threads(o.threads > 0 ? (int)o.threads : 1);
    openblas_set_num_threads(o.threads > 0 ? (int)o.threads : 1);
    return commands[c].run(&o);
}

@ Help may be asked for before a command, behind it, or instead of it.

@<The main program of |lab|@>=
int main(int argc, char **argv)
{
    const char *words[COMMANDS + 2] = {[COMMANDS] = "help"};
    if (argc < 2)
        return help(stderr);
    bool asked = strcmp(argv[1], "help") == 0
                 || strcmp(argv[1], "--help") == 0;
    if (asked && argc == 2)
        return help(stdout);
    argv += asked;
    argc -= asked;
    asked = asked || (argc > 2 && strcmp(argv[2], "--help") == 0);
    for (size_t c = 0; c < COMMANDS; c++) {
        words[c] = commands[c].name;
        if (strcmp(argv[1], words[c]) == 0)
            return asked ? help_on(stdout, c)
                         : run_command(c, argc - 2, argv + 2);
    }
    return usage("unknown command '%s'; the nearest is '%s'", argv[1],
                 gp_nearest_word(argv[1], words));
}

@ The umbrella header has all of the library.

@(tangled/gradient.h@>=
#pragma once
#include "batchnorm.h"
#include "checkpoint.h"
#include "dataset.h"
#include "dense.h"
#include "diagnose.h"
#include "dropout.h"
#include "elu.h"
#include "gradcheck.h"
#include "initialize.h"
#include "loss.h"
#include "network.h"
#include "optimizer.h"
#include "relu.h"
#include "sigmoid.h"
#include "train.h"
#include "variance.h"

@* A first session.
\label{sec:session}
The program is complete; this and the following sections use it. Chapter
\ref{ch:gradient-problem} showed what twenty sigmoid layers do to a gradient.
The question can now be put without writing a line of C, and before a single
step of training:

\cell{lab-probe}

Only the last layer is well. The remedy of Chapter~\ref{ch:elu-selu} needs three
words of the specification, and the verdicts change:

\cell{lab-probe-selu}

@ Training is one more line. With two hidden layers even sigmoid units learn,
slowly. The learning rate is Keras' default for plain gradient descent, 0.01,
and a row is an epoch, 55,000 images.

\cell{lab-train}

The losses fall and the accuracy climbs at every epoch; nothing is wrong but
the pace.

@ Mistakes are answered in a sentence. A word that the grammar does not know is
named with its place in the text and the word that was probably meant:

\cell{lab-mistyped}

A learning rate that is too large ruins the weights within a few steps. The
program says where it happened and ends with exit code 1, so that a script
that tries many settings can go on.

\cell{lab-diverges}

@* Spirals again.
\label{sec:spirals-trained}
The generated data set of Section~\ref{sec:spirals} is small enough to draw
everything that a network believes about it. This demonstration is also the
shortest complete program of the book: what a reader of the library would
write.

@(tangled/demo-spirals.c@>=
#include "gradient.h"
#include <stdio.h>
#include <stdlib.h>
@<Stop if a call failed@>@;
@<Create a file@>@;
@<Train a network on the spirals@>@;
@<Write what a network answers on a grid@>@;
@<Main program of the spirals@>@;

@ A demonstration has nobody to hand an error to.

@<Stop if a call failed@>=
static void need(bool ok, const gp_error *error)
{
    if (ok)
        return;
    fprintf(stderr, "%s\n", error->message);
    exit(1);
}

@ What a demonstration writes goes into the current folder, where the press
looks for it.

@<Create a file@>=
static FILE *create(const char *name)
{
    FILE *file = fopen(name, "w");
    if (file == NULL)
        perror(name), exit(1);
    return file;
}

@ The same fifteen epochs for every network. The caller frees it.

@<Train a network on the spirals@>=
static gp_network *train(const gp_dataset *data, const char *text,
                         gp_evaluation *test)
{
    gp_error error = {""};
    gp_optimizer_options adam = {@[.kind@] = GP_ADAM,
                                 @[.learning_rate@] = 0.01};
    gp_train_options how = {@[.epochs@] = 15, @[.seed@] = 1};
    gp_network *net = gp_network_new(data->features, 1, &error);
    need(net && gp_network_parse(net, text, &error) == GP_OK, &error);
    gp_optimizer *o = gp_optimizer_new(net, adam, &error);
    need(o && gp_train(net, o, data, &how, &error) == GP_OK, &error);
    need(gp_evaluate(net, &data->test, test, NULL, &error) == GP_OK, &error);
    gp_optimizer_free(o);
    return net;
}

@ The grid covers the square from $-1.9$ to $1.9$ in standardized coordinates.
Its points go to a file with the class that the network gives them.

@<Write what a network answers on a grid@>=
enum { SIDE = 76 };
static void write_answers(gp_network *net, FILE *file)
{
    for (int i = 0; i < SIDE; i++)
        for (int j = 0; j < SIDE; j++) {
            real at[2] = {(real)(i - 37.5) / 20, (real)(j - 37.5) / 20};
            gp_matrix x = gp_matrix_view(at, 1, 2, 2);
            const real *y = gp_network_forward(net, &x, false)->at;
            int best = y[1] > y[0] ? 1 : 0;
            best = y[2] > y[best] ? 2 : best;
            fprintf(file, "%.3f\t%.3f\t%d\n", (double)at[0], (double)at[1],
                    best);
        }
}

@ Three networks of growing depth, with about as many units as the task needs.

@<Main program of the spirals@>=
static const char *const networks[] = {"dense:3", "dense:8 relu dense:3",
    "dense:32:he_normal relu dense:32:he_normal relu dense:3"};
static const char *const keys[] = {"linear", "small", "deep"};
int main(void)
{
    gp_dataset data;
    gp_error error = {""};
    FILE *val = create("spirals.val"), *grid = create("spirals.tsv");
    need(gp_dataset_open(&data, "spirals", 1, &error) == GP_OK, &error);
    printf("%-56s %10s  %s\n", "network", "parameters", "accuracy");
    for (int k = 0; k < 3; k++) {
        @<Train network |k| and report it@>@;
    }
    @<Write some training samples for the figure@>@;
    gp_dataset_free(&data);
    fclose(grid);
    return fclose(val);
}

@ A row for each network; the last one also draws the map.

@<Train network |k| and report it@>=
gp_evaluation test;
gp_network *net = train(&data, networks[k], &test);
printf("%-56s %10zu  %7.1f%%\n", networks[k], gp_network_count(net, false),
       100 * test.accuracy);
fprintf(val, "%s\t%.1f\n", keys[k], 100 * test.accuracy);
if (k == 2)
    write_answers(net, grid);
gp_network_free(net);

@ A few of the training samples suffice to show where the arms are.

@<Write some training samples for the figure@>=
FILE *points = create("spirals-points.tsv");
for (size_t i = 0; i < 450; i++) {
    const real *x = gp_row(&data.train.x, i);
    fprintf(points, "%.4f\t%.4f\t%d\n", (double)x[0], (double)x[1],
            data.train.labels[i]);
}
fclose(points);

@ \cell{spirals}

Without a hidden layer the classes are three sectors of a plane, and the
accuracy of \val{spirals}{linear} per cent is what sectors can do. One hidden
layer of eight units bends the borders along the arms and reaches
\val{spirals}{small} per cent, two layers of 32 reach \val{spirals}{deep} per
cent (Figure~\ref{fig:spirals}).\claim{a_hidden_layer_solves_the_spirals}
The rest lies near the origin, where the three arms meet.

\plot{spirals}{What the network with two hidden layers answers at every point
of the plane (light), and 450 of the 3,000 samples that it learned from.
Outside the samples the arms go on as straight rays: a ReLU network is linear
far away from its data.}

@* A valley.
\label{sec:valley}
What momentum is good for shows on the simplest function that has a bad and a
good direction: the valley $f(x,y)=\tfrac12(x^2+\kappa y^2)$, here with
$\kappa=50$. A rate above $2/\kappa$ overshoots across the valley by more at
every step, so plain descent must take short steps, and with those it crawls
along the valley's floor. The best it can do is to shrink both components by the same factor
$(\kappa-1)/(\kappa+1)$ a step, at the rate $2/(\kappa+1)$. Momentum brings
the factor to $(\sqrt\kappa-1)/(\sqrt\kappa+1)$ \citep{polyak1964}: a square root of
the trouble. For $\kappa=50$ these are
\val{valley}{plain-factor} and \val{valley}{momentum-factor}.

@(tangled/demo-valley.c@>=
#include "gradient.h"
#include <stdio.h>
#include <stdlib.h>
@<Create a file@>@;
enum { METHODS = 4, DRAWN = 30, MOST = 2000 };
static const double kappa = 50;
@<Methods and their rates@>@;
@<Walk down the valley@>@;
@<Main program of the valley@>@;

@ Each method has the rate and the momentum that theory gives it for this
$\kappa$. Nesterov's are the ones that he proved his bound with, $1/\kappa$
and $(\sqrt\kappa-1)/(\sqrt\kappa+1)$ \citep{nesterov1983}; on a valley they
shrink the floor's component by $1-1/\sqrt\kappa$ a step. Adam has no theory to lean on; its rate was tried out.

@<Methods and their rates@>=
typedef struct {
    const char *title, *key;
    double rate, momentum, factor; /* what a step should leave */
} method;
static void set_methods(method m[METHODS])
{
    const double root = sqrt(kappa), ratio = (root - 1) / (root + 1);
    m[0] = @[(method){"plain descent", "plain", 2 / (kappa + 1), 0,
                    (kappa - 1) / (kappa + 1)}@];
    m[1] = @[(method){"momentum", "momentum",
                    4 / ((root + 1) * (root + 1)), ratio * ratio, ratio}@];
    m[2] = @[(method){"Nesterov", "nesterov", 1 / kappa, ratio,
                    1 - 1 / root}@];
    m[3] = @[(method){"Adam", "adam", 0.3, 0, 0}@];
}

@ The walk calls the very functions that train a network; they move arrays
of $n$ numbers, and here $n$ is 2. It ends a thousandth of the way from the minimum.

@<Walk down the valley@>=
static int walk(const method *m, int kind, FILE *tsv)
{
    real x[2] = {10, 1}, g[2], v[2] = {0}, s[2] = {0};
    const double start = sqrt(101);
    for (int t = 1; t <= MOST; t++) {
        if (t <= DRAWN)
            fprintf(tsv, "%d\t%g\t%g\n", kind, (double)x[0], (double)x[1]);
        g[0] = x[0];
        g[1] = (real)kappa * x[1];
        @<Move |x| by the rule of this kind@>@;
        if (sqrt((double)(x[0] * x[0] + x[1] * x[1])) < start / 1000)
            return t;
    }
    return MOST;
}

@ @<Move |x| by the rule of this kind@>=
if (kind == 0)
    gp_sgd_update(2, x, g, m->rate, 0);
else if (kind < 3)
    gp_momentum_update(2, x, g, v, m->rate, m->momentum, 1, kind == 2, 0);
else
    gp_adam_update(2, x, g, v, s, (uint64_t)t, m->rate, 0.9, 0.999, 1e-7,
                   GP_ADAM_EPSILON_PLAIN, 0);

@ Theory gives the number of steps as the logarithm of a thousand over that of
the factor.

@<Main program of the valley@>=
int main(void)
{
    method m[METHODS];
    FILE *val = create("valley.val"), *tsv = create("valley.tsv");
    set_methods(m);
    printf("%-14s %8s %9s %14s %8s\n", "", "rate", "momentum",
           "steps (theory)", "steps");
    for (int k = 0; k < METHODS; k++) {
        int steps = walk(&m[k], k, tsv);
        double theory = log(1000) / -log(m[k].factor);
        char text[16] = "-";
        if (theory > 0)
            snprintf(text, sizeof text, "%.0f", theory);
        printf("%-14s %8.4f %9.4f %14s %8d\n", m[k].title, m[k].rate,
               m[k].momentum, text, steps);
        fprintf(val, "%s\t%d\n%s-theory\t%s\n%s-factor\t%.3f\n", m[k].key,
                steps, m[k].key, text, m[k].key, m[k].factor);
        fprintf(tsv, "\n\n");
    }
    fclose(tsv);
    return fclose(val);
}

@ \cell{valley}

Plain descent needs \val{valley}{plain} steps, momentum \val{valley}{momentum},
Nesterov's form \val{valley}{nesterov}. The first is what theory says. The
other two need a few more: at these rates and momenta two modes of the motion
fall together, and then a power of the factor has the number of the step before
it.\claim{momentum_takes_the_root_of_the_trouble} Adam divides each component by its own size,
and so hardly sees a valley that runs along an axis.

\plot{valley}{The first thirty steps of each method down the valley, from the
right. Plain descent leaps from wall to wall. The lines of equal height are
ellipses, seven times as long as they are wide.}

@* The optimizers compared.
\label{sec:optimizers-compared}
The loss of a network is no valley with straight walls. Here the network stays
and the optimizer changes: two hidden layers of 100 ReLU units, 10,000 images, five
epochs, each optimizer with the learning rate that Keras gives it.

@(tangled/demo-optimizers.c@>=
#include "gradient.h"
#include <stdio.h>
#include <stdlib.h>
@<Stop if a call failed@>@;
@<Create a file@>@;
enum { KINDS = 4, EVERY = 25, POINTS = 62, RATES = 3 };
static const char *const title[KINDS] = {"SGD", "momentum", "Nesterov",
                                         "Adam"};
static const char *const key[KINDS] = {"sgd", "momentum", "nesterov",
                                       "adam"};
@<Record the loss on the way@>@;
@<Train by one optimizer@>@;
@<Main program of the optimizers@>@;

@ The loss of a single batch jumps. The record is its mean over 25 steps.

@<Record the loss on the way@>=
typedef struct {
    double sum, loss[POINTS + 1];
    size_t steps;
} record;
static void listen(size_t epoch, size_t step, size_t steps, double loss,
                   void *context)
{
    record *r = context;
    (void)epoch, (void)step, (void)steps;
    r->sum += loss;
    if (++r->steps % EVERY == 0 && r->steps / EVERY <= POINTS) {
        r->loss[r->steps / EVERY - 1] = r->sum / EVERY;
        r->sum = 0;
    }
}

@ A run that diverges has an accuracy of zero here, and leaves its record as
far as it came.

@<Train by one optimizer@>=
static double train(const gp_dataset *data, gp_optimizer_options options,
                    record *r)
{
    gp_error error = {""};
    gp_train_options how = {@[.epochs@] = 5, @[.seed@] = 1,
                            @[.progress@] = listen, @[.context@] = r};
    gp_evaluation test = {0, 0};
    gp_network *net = gp_network_new(data->features, 1, &error);
    need(net && gp_network_parse(net, "2*(dense:100:he_normal relu) dense:10",
                                 &error) == GP_OK, &error);
    gp_optimizer *o = gp_optimizer_new(net, options, &error);
    need(o != NULL, &error);
    if (gp_train(net, o, data, &how, &error) == GP_OK)
        need(gp_evaluate(net, &data->test, &test, NULL, &error) == GP_OK,
             &error);
    gp_optimizer_free(o);
    gp_network_free(net);
    return 100 * test.accuracy;
}

@ Beside the usual rate, a tenth and ten times of it are tried: an optimizer's
rank means little where its rate was chosen badly.

@<Main program of the optimizers@>=
static const double share[RATES] = {0.1, 1, 10};
static record records[KINDS];
int main(void)
{
    gp_dataset data;
    gp_error error = {""};
    FILE *val = create("optimizers.val"), *tsv = create("optimizers.tsv");
    need(gp_dataset_open(&data, gp_dataset_default(), 1, &error) == GP_OK,
         &error);
    gp_dataset_limit(&data, 10000);
    printf("%-10s %14s %14s %14s\n", "", "a tenth", "usual rate", "ten times");
    for (int k = 0; k < KINDS; k++) {
        @<Train by optimizer |k| with three rates@>@;
    }
    @<Write the four records side by side@>@;
    gp_dataset_free(&data);
    fclose(tsv);
    return fclose(val);
}

@ A row of the table. The losses of the middle column, the usual rate, become
the figure.

@<Train by optimizer |k| with three rates@>=
printf("%-10s", title[k]);
for (int s = 0; s < RATES; s++) {
    record r = {0};
    gp_optimizer_options options = {@[.kind@] = (gp_optimizer_kind)k};
    options.learning_rate = share[s] * (k == GP_ADAM ? 0.001 : 0.01);
    double accuracy = train(&data, options, &r);
    printf(" %13.1f%%", accuracy);
    fprintf(val, "%s-%d\t%.1f\n", key[k], s, accuracy);
    if (s == 1)
        records[k] = r;
}
printf("\n");

@ gnuplot wants a column for each curve.

@<Write the four records side by side@>=
fprintf(tsv, "step");
for (int k = 0; k < KINDS; k++)
    fprintf(tsv, "\t%s", title[k]);
for (int p = 0; p < POINTS; p++) {
    fprintf(tsv, "\n%d", (p + 1) * EVERY);
    for (int k = 0; k < KINDS; k++)
        fprintf(tsv, "\t%.5f", records[k].loss[p]);
}
fprintf(tsv, "\n");

@ The table holds the accuracy on the test images.

\cell{optimizers}

Momentum with a tenth of the rate ends where plain descent ends with the whole
rate: \val{optimizers}{momentum-0} against \val{optimizers}{sgd-1} per
cent. With $\mu=0.9$ each gradient is taken again and again,
$1+0.9+0.81+\cdots=10$ times in all.\claim{momentum_multiplies_the_rate}
By the same sum, ten times the usual rate, which plain descent bears, is a
hundred times that rate under momentum, and both of its forms end at chance.
Adam, which divides each step by the gradient's own size, loses accuracy with
the largest rate but not its footing: \val{optimizers}{adam-2} per
cent.\claim{adam_bears_a_rate_ten_times_too_large} Where there is no time to
look for a rate, that is the reason to take it.

\plot{optimizers}{The training loss under four optimizers, each with Keras'
usual learning rate; a point is the mean of 25 steps. Momentum and
Nesterov's form lie on each other.}

@* Several networks, several seeds.
\label{sec:compare}
One run proves little. Change the seed, and the accuracy moves by as much as
many a published improvement. |compare| trains every network with several
seeds and prints the mean with the standard deviation beside it; a difference
that is smaller than the deviations is no difference.

\cell{lab-compare}

@* Which network for which depth.
\label{sec:practitioner}
The book ends where a practitioner begins: with a depth in mind and a choice to
make. The last demonstration runs eight recipes of the chapters before at
depths of 2, 10 and 30 hidden layers of 64 units. A fair comparison grants
every recipe its own learning rate. So each is trained with three rates; the
validation images choose one, by the mean over three seeds; and the table
shows the accuracy on the test images at that rate.

@(tangled/demo-practitioner.c@>=
#include "gradient.h"
#include <stdio.h>
#include <stdlib.h>
@<Stop if a call failed@>@;
@<Create a file@>@;
enum { RECIPES = 8, DEPTHS = 3, RATES = 3, SEEDS = 3 };
@<Recipes of the closing table@>@;
@<Run one recipe@>@;
@<Choose the rate of a recipe@>@;
@<Main program of the closing table@>@;

@ All of it must fit into a minute of computing, so a run sees 6,000 images
three times in batches of 32, 564 steps with momentum 0.9. The table tells how
soon a network trains, and whether; it does not tell how far it gets in a
night. With so few steps batch normalization's running averages must forget
faster than Keras lets them; 0.9 takes the place of 0.99.

@<Recipes of the closing table@>=
static const struct {
    const char *title, *key, *hidden;
} recipe[RECIPES] = {
    {"sigmoid, Glorot", "sigmoid", "dense:64 sigmoid"},
    {"tanh, Glorot", "tanh", "dense:64 tanh"},
    {"ReLU, Glorot", "relu-glorot", "dense:64 relu"},
    {"ReLU, He", "relu", "dense:64:he_normal relu"},
    {"leaky ReLU 0.2, He", "leaky", "dense:64:he_normal leaky_relu:0.2"},
    {"ELU, He", "elu", "dense:64:he_normal elu"},
    {"SELU, LeCun", "selu", "dense:64:lecun_normal selu"},
    {"ReLU, He, batch normalization", "batchnorm",
     "dense:64:he_normal:nobias batchnorm:0.9 relu"}};
static const size_t depth[DEPTHS] = {2, 10, 30};
static const double rate[RATES] = {0.001, 0.005, 0.025};

@ A run that diverged counts as chance, ten per cent, both for the choice of
the rate and for the table.

@<Run one recipe@>=
typedef struct {
    double validation, test;
} result;

@ The caller gives the recipe, the depth, the rate and the seed; everything else
is the same for all.

@<Run one recipe@>=
static result run(const gp_dataset *data, const char *hidden, size_t layers,
                  double learning_rate, uint64_t seed)
{
    gp_error error = {""};
    char text[160];
    gp_evaluation v = {0, 0.1}, t = {0, 0.1};
    @<Make network and optimizer of a recipe@>@;
    gp_train_options how = {@[.epochs@] = 3, @[.seed@] = seed};
    if (gp_train(net, o, data, &how, &error) == GP_OK) {
        gp_evaluate(net, &data->validation, &v, NULL, &error);
        gp_evaluate(net, &data->test, &t, NULL, &error);
    }
    gp_optimizer_free(o);
    gp_network_free(net);
    return @[(result){100 * v.accuracy, 100 * t.accuracy}@];
}

@ The grammar's repetition makes a recipe of any depth.

@<Make network and optimizer of a recipe@>=
snprintf(text, sizeof text, "%zu*(%s) dense:10", layers, hidden);
gp_network *net = gp_network_new(data->features, seed, &error);
need(net && gp_network_parse(net, text, &error) == GP_OK, &error);
gp_optimizer_options options = {@[.kind@] = GP_MOMENTUM,
                                @[.learning_rate@] = learning_rate};
gp_optimizer *o = gp_optimizer_new(net, options, &error);
need(o != NULL, &error);

@ An entry of the table has the rate that was chosen for it.

@<Choose the rate of a recipe@>=
typedef struct {
    double validation, mean, deviation, rate;
} entry;

@ Three rates, three seeds each. The choice looks at the validation images only;
the test images are evaluated in every run but speak in the table alone.

@<Choose the rate of a recipe@>=
static entry best(const gp_dataset *data, const char *hidden, size_t layers)
{
    entry chosen = {-1, 0, 0, 0};
    for (int r = 0; r < RATES; r++) {
        entry e = {0, 0, 0, rate[r]};
        double test[SEEDS];
        @<Summarize the seeds at rate |r|@>@;
        if (e.validation > chosen.validation)
            chosen = e;
    }
    return chosen;
}

@ Mean and deviation of the sample, as in Section~\ref{sec:commands}.

@<Summarize the seeds at rate |r|@>=
for (int s = 0; s < SEEDS; s++) {
    result one = run(data, hidden, layers, rate[r], (uint64_t)s + 1);
    e.validation += one.validation / SEEDS;
    e.mean += (test[s] = one.test) / SEEDS;
}
for (int s = 0; s < SEEDS; s++)
    e.deviation += (test[s] - e.mean) * (test[s] - e.mean)
                   / (SEEDS - 1);
e.deviation = sqrt(e.deviation);

@ The table goes to the terminal, to the page, and as numbers to the tests.

@<Main program of the closing table@>=
int main(void)
{
    gp_dataset data;
    gp_error error = {""};
    FILE *val = create("practitioner.val"), *tsv = create("practitioner.tsv");
    need(gp_dataset_open(&data, gp_dataset_default(), 1, &error) == GP_OK,
         &error);
    gp_dataset_limit(&data, 6000);
    fprintf(tsv, "recipe\tdepth 2\tdepth 10\tdepth 30\n");
    for (int i = 0; i < RECIPES; i++) {
        printf("%-30s", recipe[i].title);
        fprintf(tsv, "%s", recipe[i].title);
        @<Fill the row of recipe |i|@>@;
        printf("\n");
        fprintf(tsv, "\n");
    }
    gp_dataset_free(&data);
    fclose(tsv);
    return fclose(val);
}

@ Three depths make a row.

@<Fill the row of recipe |i|@>=
for (int d = 0; d < DEPTHS; d++) {
    entry e = best(&data, recipe[i].hidden, depth[d]);
    @<Report recipe |i| at depth |d|@>@;
}

@ A cell of the table, three times over.

@<Report recipe |i| at depth |d|@>=
printf("%6.1f +-%4.1f", e.mean, e.deviation);
fprintf(tsv, "\t$%.1f\\pm%.1f$", e.mean, e.deviation);
fprintf(val, "%s-%zu\t%.1f\n", recipe[i].key, depth[d], e.mean);
fprintf(val, "%s-%zu-spread\t%.1f\n", recipe[i].key, depth[d], e.deviation);
fprintf(val, "%s-%zu-rate\t%g\n", recipe[i].key, depth[d], e.rate);

@ \outtable{practitioner}{Accuracy on the test images, per cent, mean and
standard deviation over three seeds, after 564 steps at the learning rate that
the validation images chose out of three.}

@ \emph{Two hidden layers: it hardly matters.} The eight recipes lie within a
few points of each other, with spreads over the seeds of about half a
point.\claim{at_depth_two_the_recipe_hardly_matters} Even sigmoid units learn
once their learning rate is large. Much that is written about
activations was measured here, where there is least to see.

\emph{Ten hidden layers: anything but sigmoid.} The sigmoid networks are at
\val{practitioner}{sigmoid-10} per cent, which is chance; the others train, and
lie about as close as before.\claim{at_depth_ten_only_sigmoid_fails}

@ \emph{Thirty hidden layers: the initializer decides.} ReLU after Glorot is at
chance, \val{practitioner}{relu-glorot-30} per cent; the same network after He
is at \val{practitioner}{relu-30}.\claim{at_depth_thirty_he_rescues_relu} It
is Section~\ref{sec:depth}'s experiment once more, in a table.
SELU leads with \val{practitioner}{selu-30} per cent. That tanh after Glorot
follows with \val{practitioner}{tanh-30}, inside the spread and before ReLU, its leaky form and ELU, may
surprise a reader who took tanh for a thing of the past. The initializer was
derived for just this
unit.\claim{at_depth_thirty_selu_and_tanh_lead_the_rectifiers}

@ One entry did not come out as Chapter~\ref{ch:batch-normalization} leads one to
expect: batch normalization is \emph{last} of those that train at depth 30,
with \val{practitioner}{batchnorm-30} per cent. The laboratory was built for
such moments. Before training, the sizes of the gradient from the first dense
layer to the last are:

\cell{lab-probe-batchnorm}

The gradient \emph{explodes}, by a factor of about 1.2 a layer. He's weights
give a unit's input a mean square of 1 over the units. But after a rectifier
the share $1/\pi$ of it is a mean, the same for every sample; the
normalization subtracts it and divides by the deviation of the rest,
$\sqrt{1-1/\pi}$. Forward, that keeps every layer at variance 1. Backward, the
gradient is divided by the same number in every layer, and its mean square grows
by $\pi/(\pi-1)\approx 1.47$, the square of 1.21, as theory has it for wide
networks \citep{yang2019}.\claim{deep_batch_normalization_explodes_backward} The cure is
not in this book: skip connections \citep{he2016}, which make a deep network
start as a shallow one.

@ \textbf{What to take.} For a stack of dense layers, and as far as these runs
reach:
\begin{itemize}
\item up to a handful of layers, ReLU with He's initializer; batch normalization
makes it a little better and much less sensitive to the rate
(Section~\ref{sec:bn-scale});
\item at ten layers and more, SELU with LeCun's, on standardized inputs and
without ordinary dropout (Chapter~\ref{ch:elu-selu}); tanh with Glorot's is close
behind;
\item sigmoid in no hidden layer;
\item batch normalization for depths of thirty only with skip connections;
\item and before all else \texttt{lab probe}. A table of verdicts costs a second, a
failed training a night.
\end{itemize}

@* Exercises.
The last exercises of the book are about training and about judging what it
made. Two of them are repairs: such programs run, report good numbers, and are
wrong.

@ \begin{exercise}{07-nesterov}{15}{2}
\textbf{Nesterov's momentum.} Plain momentum moves along its velocity.
Nesterov's method looks where the velocity will have taken it, and corrects
itself from there. In the form that libraries use, one step is
\[ v\leftarrow\mu v+g,\qquad x\leftarrow x-\eta\,(g+\mu v), \]
with the \emph{new} velocity in the second formula. Write one step for $n$
parameters. Look at the first two steps from $v=0$: how much further than
gradient descent does each go?
\end{exercise}
@(tangled/exercise-07-nesterov.c@>=
#include "exercise.h"
@#
void nesterov(size_t n, double *x, const double *g, double *v,
              double rate, double momentum)
{
    gp_not_started();
}

@ \begin{exercise}{07-adam-correction}{12}{2}
\textbf{Adam in a hurry.} This Adam goes much too far in its first steps, then
settles down. Both averages start at zero and are too small at first. Repair
it. The argument |t| counts the steps from 1; |m| and |v| belong to the caller
and hold the averages as they are, uncorrected. How long is the first step of a
right Adam, whatever the gradient?
\end{exercise}
@(tangled/exercise-07-adam-correction.c@>=
#include "exercise.h"
#include <math.h>
@#
void my_adam(size_t n, double *x, const double *g, double *m, double *v,
             int t, double rate, double beta1, double beta2,
             double epsilon)
{
    gp_not_started();
    for (size_t i = 0; i < n; i++) {
        m[i] = beta1 * m[i] + (1 - beta1) * g[i];
        v[i] = beta2 * v[i] + (1 - beta2) * g[i] * g[i];
        x[i] -= rate * m[i] / (sqrt(v[i]) + epsilon);
    }
}

@ \begin{exercise}{07-test-statistics}{15}{2}
\textbf{A test set that standardizes itself.} This function standardizes the
columns of a training set and of a test set: each feature gets mean 0 and
deviation 1, in both. That is the mistake. A test set of one image would become
all zeros; and a network must not learn about a day's images from the other
images of the day (Section~\ref{sec:standardize}). Repair it so that one and
the same map is applied to both. A feature that never changes in the training
set is shifted only. Matrices have a sample in each row.
\end{exercise}
@(tangled/exercise-07-test-statistics.c@>=
#include "exercise.h"
#include <math.h>
@#
#define COLUMN(i) x[(i) * features + j]
@#
static void map_column(size_t features, size_t j, size_t n, double *x,
                       double mean, double deviation)
{
    for (size_t i = 0; i < n; i++)
        COLUMN(i) = (COLUMN(i) - mean) / (deviation > 0 ? deviation : 1);
}
@#
static void measure_column(size_t features, size_t j, size_t n,
                           const double *x, double *mean,
                           double *deviation)
{
    double square = 0;
    *mean = 0;
    for (size_t i = 0; i < n; i++)
        *mean += COLUMN(i) / n;
    for (size_t i = 0; i < n; i++)
        square += (COLUMN(i) - *mean) * (COLUMN(i) - *mean) / n;
    *deviation = sqrt(square);
}
@#
void standardize(size_t features, size_t n_train, double *train,
                 size_t n_test, double *test)
{
    double mean, deviation;

    gp_not_started();
    for (size_t j = 0; j < features; j++) {
        measure_column(features, j, n_train, train, &mean, &deviation);
        map_column(features, j, n_train, train, mean, deviation);
        measure_column(features, j, n_test, test, &mean, &deviation);
        map_column(features, j, n_test, test, mean, deviation);
    }
}

@ \begin{exercise}{07-warm-cosine}{15}{2}
\textbf{Warm up, cool down.} A schedule that is common for large networks
raises the learning rate from 0 in a straight line over the first |warm| steps,
then lets it fall along half a cosine, from 1 at step |warm| to |least| at step
|steps|. Return the factor by which the learning rate is multiplied at |step|.
Later steps stay at |least|. With |warm| zero the schedule begins at 1.
\end{exercise}
@(tangled/exercise-07-warm-cosine.c@>=
#include "exercise.h"
#include <math.h>
@#
double warm_cosine(double step, double steps, double warm, double least)
{
    gp_not_started();
}

@ \begin{exercise}{07-balanced-accuracy}{15}{2}
\textbf{Accuracy that cannot be bought.} If nine images of ten show shirts,
``shirt'' is right nine times of ten. Balanced accuracy is the mean over the
classes of the share of each that was recognized: a constant answer gets 1 over
the number of classes. Compute it from a confusion matrix as \texttt{lab eval}
prints it, a row for each true class and a column for each answer. A class of
which there is no sample does not count. Without any sample the answer is 0.
\end{exercise}
@(tangled/exercise-07-balanced-accuracy.c@>=
#include "exercise.h"
@#
double balanced_accuracy(size_t classes, const size_t *confusion)
{
    gp_not_started();
}

@* Index.
