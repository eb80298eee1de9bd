// Between training sets and datasets on disk. Free functions.
#pragma once

#include <filesystem>
#include <string>

#include "agent/training_set.h"
#include "replay/hdf5/dataset.h"
#include "tools/training/train_config.h"

namespace flyball {

// What a dataset made of `set` says of itself. Its rewards are those of the residents' references
// where the objective has none of its own.
DatasetInfo dataset_info(const TrainingSet& set, const TrainConfig& config);

// Adds a dataset. Throws InputError naming the file and what differs where its knobs, period,
// credit or observation are not the configuration's.
void append_dataset(TrainingSet& set, const std::string& file, const TrainConfig& config,
                    const DatasetSource& source);

// The set that dataset_info() and its transitions were written from, the same bits.
TrainingSet training_set(Dataset&& dataset);

}  // namespace flyball
