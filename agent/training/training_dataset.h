// Between training sets and datasets on disk. Free functions.
#pragma once

#include <functional>
#include <string>

#include "agent/training/train_config.h"
#include "agent/training_set.h"
#include "replay/hdf5/dataset.h"

namespace flyball {

// What a dataset made of `set` says of itself. Its rewards are those of the residents' references
// where the objective has none of its own.
DatasetInfo dataset_info(const TrainingSet& set, const TrainConfig& config);

// What there is to turn on a board that a configuration names, in its default mode and with an
// application.
using DescribeBoard = std::function<PlantDescription(const std::string& board)>;

// Adds a dataset. Throws DataError naming the file and what differs where its knobs, period,
// credit or observation are not the configuration's; Interrupted where `keep_going` says no.
void append_dataset(TrainingSet& set, const std::string& file, const TrainConfig& config,
                    const DatasetSource& source, const DescribeBoard& describe_board,
                    const KeepGoing& keep_going = {});

// The set that dataset_info() and its transitions were written from, the same bits.
TrainingSet training_set(Dataset&& dataset);

}  // namespace flyball
