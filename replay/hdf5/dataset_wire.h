// A dataset on its way from the process that read it, as plain bytes of this machine. What arrives
// is not believed: a process that read a damaged file may have been damaged itself.
#pragma once

#include "replay/hdf5/dataset.h"
#include "replay/hdf5/guarded_child.h"

namespace flyball {

// Writes the dataset, or in its place what was wrong. Throws std::system_error.
void send_dataset(int descriptor, const Dataset& dataset);
void send_error(int descriptor, const std::string& what);

// Throws RefusedDataset with what send_error() was told; DataError where the child failed, or what
// it sent has a number that is not finite, a wrong size or a value out of its range.
Dataset receive_dataset(GuardedChild& child);

class RefusedDataset : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace flyball
