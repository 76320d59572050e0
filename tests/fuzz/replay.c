/* replay NAME_OF_A_FOLDER_OR_FILE...: feeds each file to the target this is linked with. What
 * libFuzzer found once is thus held by every build, under any compiler. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/fuzz/fuzz.h"

enum { FILE_MAX = 1 << 20 };

static size_t replayed;

static void replay_file(const char *path)
{
	static uint8_t room[FILE_MAX];
	FILE *f = fopen(path, "rb");

	fuzz_must(f != NULL, "%s cannot be read", path);
	size_t n = fread(room, 1, sizeof(room), f);

	(void)fclose(f);
	fuzz_must(n < sizeof(room), "%s is too long", path);
	/* Exactly as long as it is, so that a sanitizer sees a byte too many. */
	uint8_t *p = malloc(n ? n : 1);

	if (!p)
		abort();
	memcpy(p, room, n);
	/* The name, in case this is the last that is heard. */
	(void)fprintf(stderr, "%s\n", path);
	(void)LLVMFuzzerTestOneInput(p, n);
	free(p);
	replayed++;
}

static void replay_folder(const char *path)
{
	struct dirent **entry;
	int n = scandir(path, &entry, NULL, alphasort);

	fuzz_must(n >= 0, "%s cannot be listed", path);
	for (int i = 0; i < n; i++) {
		char file[4096];

		(void)snprintf(file, sizeof(file), "%s/%s", path, entry[i]->d_name);
		if (entry[i]->d_name[0] != '.')
			replay_file(file);
		free(entry[i]);
	}
	free(entry);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		struct stat st;

		fuzz_must(stat(argv[i], &st) == 0, "%s is not there", argv[i]);
		if (S_ISDIR(st.st_mode))
			replay_folder(argv[i]);
		else
			replay_file(argv[i]);
	}
	fuzz_must(replayed > 0, "nothing was replayed");
	(void)printf("%zu files\n", replayed);
	return 0;
}
