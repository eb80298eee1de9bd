#include "tools/online/adaptation.h"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <exception>
#include <stdexcept>
#include <thread>

#include "controllers/evaluation/simulated_run.h"

namespace flyball {

namespace {

constexpr std::size_t kRingRows = 1024;
constexpr std::chrono::microseconds kLearnerNap{200};

TelemetryLogHeader header_of(const PlantDescription& plant, const AdaptationConfig& config) {
  TelemetryLogHeader header;
  header.plant = plant;
  header.leased_knobs = config.spans.knobs;
  header.sensor_lag_seconds = config.sensor_lag_seconds;
  return header;
}

const AdaptationConfig& checked(const AdaptationConfig& config, const PolicyFile& start) {
  if (config.spans.credit != SpanCredit::kWholeBatches) {
    throw std::invalid_argument(
        "objective.credit = \"period\": only policies trained on whole batches (saturated jobs) "
        "can adapt");
  }
  if (const auto& training = start.metadata.training; training && training->gamma > 0.0) {
    throw std::invalid_argument(fmt::format(
        "the policy was trained with gamma = {:g}: only values of one span alone (gamma "
        "= 0) can be gone on with",
        training->gamma));
  }
  if (start.metadata.cost_output.exponential) {
    throw std::invalid_argument(
        "the policy was learned by least squares, which cannot be gone on with: flyball train "
        "--set learner.kind=dqn makes one that can");
  }
  if (start.metadata.served_eta || start.metadata.encoder.with_mode) {
    throw std::invalid_argument(
        "the policy serves every eta or nvpmodel mode, and adapting under one would unlearn the "
        "others: train one for a single eta, without observation.with_mode");
  }
  if (start.metadata.knobs.size() != config.spans.knobs.size()) {
    throw std::invalid_argument("knobs: the configuration's are not the policy's");
  }
  for (std::size_t k = 0; k < config.spans.knobs.size(); ++k) {
    if (start.metadata.knobs[k].name != config.spans.knobs[k]) {
      throw std::invalid_argument("knobs: the configuration's are not the policy's");
    }
  }
  return config;
}

}  // namespace

// What the loop writes to: counts, then hands on.
class Adaptation::LoopSink final : public TelemetrySink {
 public:
  explicit LoopSink(Adaptation& owner) : owner_(owner) {}
  void write(const TelemetryRow& row) override {
    owner_.count(row);
    if (owner_.ring_) {
      owner_.ring_->write(row);
    } else {
      owner_.take(row);
    }
  }

 private:
  Adaptation& owner_;
};

Adaptation::Adaptation(const AdaptationConfig& config, const PolicyFile& start, Plant& plant)
    : config_(checked(config, start)),
      plant_(plant),
      knobs_(find_knobs(plant.description(), config.spans.knobs)),
      learner_(config.learning, start, scope_over(plant.description(), knobs_).limits),
      policies_(learner_.acting()),
      governor_(start, policies_, config.exploring),
      stream_(header_of(plant.description(), config), config.spans,
              [this](const StreamedSpan& span) { observe(span); }),
      sink_(std::make_unique<LoopSink>(*this)) {
  if (config_.pace != LearnerPace::kTurns) ring_ = std::make_unique<RowRing>(kRingRows);
}

Adaptation::~Adaptation() = default;

void Adaptation::count(const TelemetryRow& row) {
  if (!row.decided) return;
  switch (row.decided_by) {
    case DecidedBy::kPolicy: ++counts_.policy; break;
    case DecidedBy::kRandom: ++counts_.random; break;
    case DecidedBy::kResident: ++counts_.residents; break;
  }
}

// A row that was cut short is not learned from: a resumed run sees the whole one.
void Adaptation::take(const TelemetryRow& row) {
  if (row.decided) decisions_.push_back({row.decided_by, row.setting.value_or(Setting{})});
  if (row.truncated) return;
  stream_.add(row);
}

void Adaptation::observe(const StreamedSpan& span) {
  if (++spans_ <= known_spans_) return;
  const auto begin = std::chrono::steady_clock::now();
  learner_.observe(span);
  policies_.next() = learner_.acting();
  policies_.publish();
  learning_seconds_ +=
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

LoopReport Adaptation::run(const std::function<bool()>& stop, double until_seconds) {
  std::vector<PastDecision> known;
  std::swap(known, decisions_);
  const Exploration exploration = governor_.exploration();
  ControlLoop loop(plant_, &governor_, knobs_, config_.loop, sink_.get());  // resets the governor
  governor_.set_exploration(exploration);
  governor_.play_back(std::move(known));
  return ring_ ? run_with_learner_thread(loop, stop, until_seconds) : loop.run(stop, until_seconds);
}

LoopReport Adaptation::run_with_learner_thread(ControlLoop& loop, const std::function<bool()>& stop,
                                               double until_seconds) {
  std::atomic<bool> failed{false};
  std::exception_ptr error;
  const auto learn = [&](const std::stop_token& stopping) {
    try {
      while (true) {
        const bool last = stopping.stop_requested();  // asked first: no row can come after it
        if (const TelemetryRow* row = ring_->front()) {
          take(*row);
          ring_->pop();
        } else if (last) {
          return;
        } else {
          std::this_thread::sleep_for(kLearnerNap);
        }
      }
    } catch (...) {
      error = std::current_exception();
      failed = true;
    }
  };
  const auto lag =
      static_cast<std::uint64_t>(config_.loop.period_seconds / config_.loop.sample_seconds);
  LoopReport report;
  {
    std::jthread learner(learn);
    report = loop.run(
        [&] {
          while (config_.pace == LearnerPace::kHeld && !failed &&
                 ring_->written() - ring_->read() > lag) {
            std::this_thread::sleep_for(kLearnerNap);
          }
          return failed || (stop && stop());
        },
        until_seconds);
  }
  if (error) std::rethrow_exception(error);
  return report;
}

void Adaptation::visit_state(StateVisitor& visitor) {
  std::uint64_t count = decisions_.size();
  visit_value(visitor, "decisions", count);
  decisions_.resize(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    PastDecision& decision = decisions_[i];
    const std::string name = fmt::format("decision.{}", i);
    auto by = static_cast<std::uint8_t>(decision.by);
    visit_value(visitor, name + ".by", by);
    decision.by = static_cast<DecidedBy>(by);
    flyball::visit_state(visitor, name + ".setting", decision.setting);
  }
  learner_.visit_state(visitor);
  governor_.visit_state(visitor);
  known_spans_ = learner_.spans();
  policies_.next() = learner_.acting();
  policies_.publish();
}

}  // namespace flyball
