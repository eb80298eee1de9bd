#include "tools/training/run_directory.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "tools/exit_codes.h"

namespace flyball {

namespace {

using nlohmann::ordered_json;

ordered_json objective_json(const TrainConfig& config) {
  const ObjectiveConfig& objective = config.trainer.objective;
  ordered_json json{{"credit", objective.per_request ? "whole_batches" : "period"},
                    {"eta", objective.reward.eta},
                    {"energy_reference_joules", objective.reward.energy_reference_joules},
                    {"latency_reference_seconds", objective.reward.latency_reference_seconds},
                    {"miss_penalty", objective.reward.miss_penalty}};
  if (const auto& constraint = objective.constraint) {
    const bool latency = constraint->kind == ConstraintKind::kLatency;
    json["constraint"] = latency ? "latency" : "miss_rate";
    json[latency ? "limit_seconds" : "limit_share"] = constraint->limit;
    json["margin"] = constraint->margin;
    if (constraint->tolerance) json["tolerance"] = *constraint->tolerance;
  }
  return json;
}

ordered_json trainer_json(const TrainerConfig& trainer) {
  const LearnerConfig& learner = trainer.learner;
  return {{"network",
           {{"head", to_string(trainer.head)},
            {"constraint_head", to_string(trainer.constraint_head.value_or(trainer.head))},
            {"dueling", trainer.dueling ? nlohmann::json(*trainer.dueling) : nlohmann::json()},
            {"branch_loss", to_string(trainer.network.branch_loss)},
            {"degree", trainer.degree},
            {"hidden", trainer.network.hidden},
            {"learning_rate", trainer.network.learning_rate},
            {"weight_decay", trainer.network.weight_decay},
            {"huber_delta", trainer.network.huber_delta},
            {"gradient_norm", trainer.network.gradient_norm},
            {"cql_alpha", trainer.network.cql_alpha}}},
          {"learner",
           {{"backup", to_string(learner.backup)},
            {"gamma", learner.gamma},
            {"double_dqn", learner.double_dqn},
            {"minibatch", learner.minibatch},
            {"target_tau", learner.target_tau},
            {"target_period", learner.target_period},
            {"n_step", learner.n_step},
            {"iterate_rho", learner.iterate_rho},
            {"rho_period", learner.rho_period},
            {"steps", trainer.steps}}},
          {"replay",
           {{"kind", trainer.prioritized ? "prioritized" : "uniform"},
            {"capacity", trainer.capacity},
            {"alpha", trainer.priority.alpha},
            {"beta", trainer.priority.beta},
            {"beta_samples", trainer.priority.beta_samples}}},
          {"support", {{"minimum", trainer.support_minimum}, {"balance", trainer.balance}}},
          {"seed", trainer.seed}};
}

void write_text(const std::filesystem::path& path, const std::string& text) {
  std::ofstream stream(path);
  stream << text << '\n';
  if (!stream.flush()) throw InputError(path.string() + ": cannot be written");
}

}  // namespace

ordered_json encoder_json(const EncoderConfig& encoder) {
  return {{"with_effective", encoder.with_effective},
          {"with_utilization", encoder.with_utilization},
          {"with_queue", encoder.with_queue},
          {"with_arrivals", encoder.with_arrivals},
          {"with_slack", encoder.with_slack},
          {"with_deadline", encoder.with_deadline},
          {"with_power", encoder.with_power},
          {"with_temperature", encoder.with_temperature},
          {"with_eta", encoder.with_eta},
          {"with_previous_action", encoder.with_previous_action},
          {"with_t_as", encoder.with_t_as},
          {"with_vector_to_go", encoder.with_vector_to_go},
          {"queue_scale", encoder.queue_scale},
          {"rate_scale", encoder.rate_scale},
          {"slack_scale_seconds", encoder.slack_scale_seconds},
          {"power_scale_watts", encoder.power_scale_watts}};
}

ordered_json resolved(const TrainConfig& config) {
  ordered_json json{{"config", config.file.string()},
                    {"version", FLYBALL_VERSION},
                    {"knobs", config.spans.knobs},
                    {"period_seconds", config.spans.encoder.period_seconds}};
  for (const LogSource& source : config.logs) {
    json["logs"].push_back({{"path", source.pattern}, {"weight", source.weight}});
  }
  for (const DatasetSource& source : config.datasets) {
    json["datasets"].push_back({{"path", source.pattern}, {"weight", source.weight}});
    if (source.board) json["datasets"].back()["board"] = *source.board;
  }
  for (const SimulationSource& source : config.simulations) {
    json["simulate"].push_back({{"scenario", source.scenario},
                                {"duration_seconds", source.log.duration_seconds.value_or(0.0)},
                                {"explore", source.log.explore},
                                {"hold_periods", source.log.hold_periods},
                                {"latency_factor", source.log.latency_factor},
                                {"weight", source.weight}});
  }
  json["observation"] = encoder_json(config.spans.encoder);
  json["objective"] = objective_json(config);
  json.update(trainer_json(config.trainer));
  return json;
}

RunDirectory::RunDirectory(const std::filesystem::path& policy) : path_(policy.string() + ".run") {
  std::filesystem::create_directories(path_);
  losses_.open(path_ / "losses.csv");
  losses_ << "step,cost_loss,constraint_loss,rho\n";
  if (!losses_) throw InputError((path_ / "losses.csv").string() + ": cannot be written");
}

void RunDirectory::write_config(const TrainConfig& config) {
  write_text(path_ / "config.json", resolved(config).dump(2));
}

void RunDirectory::write_losses(const TrainingProgress& progress) {
  losses_ << fmt::format("{},{},{},{}\n", progress.step, progress.losses.cost,
                         progress.losses.constraint, progress.rho);
  losses_.flush();
}

void RunDirectory::write_report(const ordered_json& report) {
  write_text(path_ / "report.json", report.dump(2));
}

}  // namespace flyball
