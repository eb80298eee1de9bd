// A C++ program may compile the file as its own.
#include "env/jetson/link/flyball.c"  // NOLINT(bugprone-suspicious-include)
