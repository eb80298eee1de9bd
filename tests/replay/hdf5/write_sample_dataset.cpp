// write_sample_dataset PATH: for read_dataset.py.
#include "tests/replay/hdf5/sample_dataset.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  flyball::write_dataset(argv[1], flyball::sample_info(), flyball::sample_transitions());
}
