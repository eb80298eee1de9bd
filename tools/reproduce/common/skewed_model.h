// A work model that is wrong by known factors: what a twin fitted badly would be.
#pragma once

#include <memory>
#include <span>
#include <utility>

#include "env/model/work_model.h"

namespace flyball {

struct Skew {
  double host = 1.0;         // on durations of the host's part and of preparing
  double accelerator = 1.0;  // on durations of the accelerator's part
  double watts = 1.0;        // on every rail
};

class SkewedModel final : public WorkModel {
 public:
  SkewedModel(std::shared_ptr<const WorkModel> truth, const Skew& skew)
      : truth_(std::move(truth)), skew_(skew) {}

  std::optional<std::size_t> piece_limit() const override { return truth_->piece_limit(); }
  Preparation preparation(std::size_t group, std::size_t piece,
                          const OperatingPoint& point) const override {
    Preparation preparation = truth_->preparation(group, piece, point);
    preparation.serial_seconds *= skew_.host;
    preparation.overlapped_seconds *= skew_.host;
    return preparation;
  }
  BatchWork batch_work(std::size_t requests, const OperatingPoint& point) const override {
    BatchWork work = truth_->batch_work(requests, point);
    work.host_seconds *= skew_.host;
    work.storage_seconds *= skew_.host;
    work.accelerator_seconds *= skew_.accelerator;
    return work;
  }
  void rail_watts(const BoardState& state, std::span<double> watts) const override {
    truth_->rail_watts(state, watts);
    for (double& w : watts) w *= skew_.watts;
  }

 private:
  std::shared_ptr<const WorkModel> truth_;
  Skew skew_;
};

}  // namespace flyball
