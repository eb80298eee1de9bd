#include "agent/training/training_run.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "agent/networks/q_network.h"
#include "agent/training/checkpoint.h"
#include "agent/training/policy_report.h"
#include "agent/training/training_data.h"
#include "agent/training/training_dataset.h"
#include "env/errors.h"
#include "policies/policy_file.h"

namespace flyball {

namespace {

using nlohmann::ordered_json;

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

ordered_json estimate_json(const TrainingEstimate& estimate, const ObjectiveConfig& objective) {
  ordered_json json = {{"note", "the networks' own prediction on the log, not a measurement"},
                       {"behaviour_cost_per_request", estimate.behaviour_cost},
                       {"policy_cost_per_request", estimate.policy_cost},
                       {"saving", estimate.saving()},
                       {"against", estimate.against_residents ? "residents" : "decisions"}};
  if (estimate.policy_constraint) {
    json["behaviour_constraint"] = *estimate.behaviour_constraint;
    json["policy_constraint"] = *estimate.policy_constraint;
    json["limit"] = objective.constraint->limit;
  }
  return json;
}

}  // namespace

TrainingRun::TrainingRun(TrainConfig config, TrainingSet set, const RunOptions& options,
                         RunDirectory directory, const TrainingHost& host)
    : config_(std::move(config)), options_(options), directory_(std::move(directory)) {
  if (config_.validation) {
    search_.emplace(*config_.validation, host.judge_for(*config_.validation),
                    config_.trainer.objective.reward.miss_penalty);
  }
  trainer_ = make_trainer(config_.trainer, std::move(set));
}

TrainingRun TrainingRun::start(TrainConfig config, TrainingSet set, const RunOptions& options,
                               const std::filesystem::path& directory, const TrainingHost& host) {
  resolve_objective(config, set);
  RunDirectory run = RunDirectory::create(directory);
  run.write_setup(config, options);
  if (!set.transitions.empty()) {
    write_dataset(run.data(), dataset_info(set, config), set.transitions);
  }
  TrainingRun result(std::move(config), std::move(set), options, std::move(run), host);
  result.save_checkpoint();
  return result;
}

TrainingRun TrainingRun::resume(const std::filesystem::path& directory,
                                std::optional<std::uint64_t> steps, const TrainingHost& host) {
  RunDirectory run = RunDirectory::open(directory);
  const Checkpoint checkpoint = Checkpoint::read(run.checkpoint());
  TrainConfig config = run.read_config(host.read_config);
  if (steps) config.trainer.steps = *steps;
  const RunOptions options = run.read_options();
  try {
    TrainingSet set = training_set(read_dataset(run.data(), host.keep_going));
    resolve_objective(config, set);
    TrainingRun result(std::move(config), std::move(set), options, std::move(run), host);
    StateRestorer restorer(checkpoint);
    result.visit_state(restorer);
    return result;
  } catch (const ConfigError&) {
    throw;
  } catch (const DataError&) {
    throw;
  } catch (const Interrupted&) {
    throw;
  } catch (const std::runtime_error& error) {
    throw DataError(fmt::format("{}: cannot be resumed: {}", directory.string(), error.what()));
  }
}

void TrainingRun::visit_state(StateVisitor& visitor) {
  trainer_->visit_state(visitor);
  if (!search_) return;
  search_->visit_state(visitor);
  take_price();
}

void TrainingRun::save_checkpoint() {
  Checkpoint checkpoint;
  StateSaver saver(checkpoint);
  visit_state(saver);
  checkpoint.write(directory_.checkpoint());
  last_checkpoint_ = std::chrono::steady_clock::now();
}

PolicyFile TrainingRun::policy() const {
  return trainer_->policy(config_.spans.encoder, FLYBALL_VERSION);
}

// What is trained on. The trainer keeps it packed, the directory as it was measured.
TrainingSet TrainingRun::data() const {
  return prepared(config_.trainer, training_set(read_dataset(directory_.data())));
}

bool TrainingRun::is_due() const {
  return search_ && search_->is_due(steps(), steps() >= all_steps());
}

// The best policy is on the disk before a checkpoint speaks of it.
void TrainingRun::measure() {
  const PolicyFile candidate = policy();
  if (const auto constant = search_->begin(candidate)) save_policy(directory_.best(), *constant);
  const ValidationFigures figures = search_->measure(candidate, steps());
  directory_.write_validation(steps(), figures);
  if (search_->is_best()) save_policy(directory_.best(), as_validated(candidate, figures));
  take_price();
}

void TrainingRun::take_price() {
  if (config_.validation->price_step) trainer_->set_miss_penalty(search_->miss_penalty());
}

void TrainingRun::run(const RunProgress& progress) {
  const auto start = std::chrono::steady_clock::now();
  directory_.begin_curves(steps());
  const auto note = [&](const TrainingProgress& p) {
    std::string text =
        fmt::format("cost loss {:.4f}, constraint loss {:.4f}", p.losses.cost, p.losses.constraint);
    if (const auto best = validated()) {
      text += fmt::format(", best saving {:.1f} %", 100.0 * best->saving);
    }
    return text;
  };
  try {
    if (is_due()) measure();
    if (!is_done()) {
      trainer_->run(kReportSteps, [&](const TrainingProgress& p) {
        directory_.write_losses(p);
        if (is_due()) measure();
        const bool goes_on = progress(p, note(p)) && !stopped_early();
        if (seconds_since(last_checkpoint_) >= options_.checkpoint_seconds) save_checkpoint();
        return goes_on;
      });
    }
  } catch (const Interrupted&) {  // a measurement was cut: it is due again
  }
  save_checkpoint();
  seconds_ += seconds_since(start);
}

void TrainingRun::save_policy_file() {
  save_policy(options_.policy, validated() ? load_policy(directory_.best()) : policy());
}

std::vector<std::string> TrainingRun::warnings() const {
  std::vector<std::string> texts = options_.warnings;
  for (const Concern& concern : concerns_) {
    if (concern.gravity == Gravity::kWarning || options_.force || !is_done()) {
      texts.push_back(concern.text);
    }
  }
  return texts;
}

std::vector<std::string> TrainingRun::refusals() const {
  if (options_.force || !is_done()) return {};
  return texts_of(concerns_, Gravity::kRefusal);
}

// What was interrupted is saved first: judging takes its time.
ordered_json TrainingRun::finish() {
  if (!is_done()) save_policy_file();
  ordered_json json = judge();
  if (is_done() && refusals().empty()) save_policy_file();
  directory_.write_report(json);
  return json;
}

ordered_json TrainingRun::judge() {
  const TrainingSet set = data();
  ordered_json json = {{"policy", options_.policy.string()},
                       {"run_directory", directory_.path().string()},
                       {"version", FLYBALL_VERSION},
                       {"seed", seed()},
                       {"learner", word_of(config_.trainer.kind)},
                       {"blas", blas_name()},
                       {"steps", steps()},
                       {"interrupted", !is_done()},
                       {"stopped_early", stopped_early()},
                       {"seconds", seconds_},
                       {"data", to_json(set)}};
  json["support"] = {{"settings", trainer_->supported()}, {"of", action_counts(set).size()}};
  judged_ = {trainer_->estimate(set), {}, validated().has_value()};
  judged_.measured = validated();
  json["estimate"] = estimate_json(judged_.estimate, config_.trainer.objective);
  const PolicyFile saved = validated() ? load_policy(directory_.best()) : policy();
  const PolicyCheck check = check_on_set(saved, set, config_.spans.credit);
  json["log_check"] = to_json(check);
  // Where costs are counted by time, fitted Q does not see what a backlog costs in the end.
  if (config_.spans.credit == SpanCredit::kWholeBatches) judged_.fitted = check.fitted;
  concerns_ = concerns_about_policy(config_.trainer.objective, judged_);
  json["warnings"] = warnings();
  json["refused"] = refusals();
  if (const auto best = validated()) {
    json["validation"] = {{"scenario", config_.validation->scenario},
                          {"seed", config_.validation->seed},
                          {"best_step", search_->best_step()},
                          {"saving", best->saving},
                          {"latency_mean_seconds", best->latency_mean_seconds},
                          {"in_time_share", best->in_time_share},
                          {"feasible", best->feasible}};
  }
  return json;
}

}  // namespace flyball
