#include "agent/training/run_directory.h"

#include <fmt/format.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "agent/networks/q_network.h"
#include "env/errors.h"
#include "policies/trusted_file.h"

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
    json["constraint_rule"] = constraint->multiplier ? "multiplier" : "mask";
  }
  if (const auto& range = objective.eta_range) json["eta_range"] = {range->low, range->high};
  if (const auto& range = objective.limit_range) json["limit_range"] = {range->low, range->high};
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
            {"engine", to_string(trainer.engine)},
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
            {"multiplier_rate", learner.multiplier_rate},
            {"steps", trainer.steps}}},
          {"replay",
           {{"kind", trainer.prioritized ? "prioritized" : "uniform"},
            {"capacity", trainer.capacity},
            {"alpha", trainer.priority.alpha},
            {"beta", trainer.priority.beta},
            {"beta_samples", trainer.priority.beta_samples}}},
          {"support",
           {{"minimum", trainer.support.minimum},
            {"radius", trainer.support.radius},
            {"balance", trainer.balance}}},
          {"seed", trainer.seed}};
}

void write_text(const std::filesystem::path& path, const std::string& text) {
  replace_file(path, text + '\n');
}

void require_written(std::ofstream& stream, const std::filesystem::path& path) {
  if (!stream.flush()) throw DataError(path.string() + ": cannot be written");
}

// Opens a table for appending, without the rows of steps after `step` and a last one that was cut.
std::ofstream continue_csv(const std::filesystem::path& path, const std::string& header,
                           std::uint64_t step) {
  std::string kept = header + '\n';
  std::ifstream old(path);
  std::string line;
  std::getline(old, line);
  while (line.size() > 0 && std::getline(old, line) && !old.eof()) {
    if (std::strtoull(line.c_str(), nullptr, 10) <= step) kept += line + '\n';
  }
  old.close();
  replace_file(path, kept);
  std::ofstream stream(path, std::ios::app);
  require_written(stream, path);
  return stream;
}

constexpr const char* kOwnFiles[] = {"checkpoint", "config.toml", "config.json",
                                     "run.json",   "data.hdf5",   "best.flyball",
                                     "losses.csv", "report.json", "validation.csv"};

ordered_json validation_json(const ValidationConfig& validation) {
  ordered_json json{{"scenario", validation.scenario},
                    {"every_steps", validation.every_steps},
                    {"seed", validation.seed},
                    {"runs", validation.runs}};
  if (validation.patience) json["patience"] = *validation.patience;
  return json;
}

ValidationConfig validation_from(const ordered_json& json) {
  ValidationConfig validation;
  validation.scenario = json.at("scenario").get<std::string>();
  validation.every_steps = json.at("every_steps").get<std::uint64_t>();
  validation.seed = json.at("seed").get<std::uint64_t>();
  validation.runs = json.at("runs").get<std::uint64_t>();
  if (json.contains("patience")) validation.patience = json.at("patience").get<std::uint64_t>();
  return validation;
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
          {"with_limit", encoder.with_limit},
          {"with_mode", encoder.with_mode},
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
  if (config.validation) json["validation"] = validation_json(*config.validation);
  return json;
}

RunDirectory RunDirectory::create(const std::filesystem::path& path) {
  std::filesystem::create_directories(path);
  RunDirectory run(path);
  for (const char* name : kOwnFiles) std::filesystem::remove(path / name);
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    if (entry.path().filename().string().starts_with("events.out.tfevents.")) {
      std::filesystem::remove(entry.path());
    }
  }
  return run;
}

RunDirectory RunDirectory::open(const std::filesystem::path& path) {
  RunDirectory run(path);
  if (!std::filesystem::exists(run.checkpoint())) {
    throw DataError(fmt::format(
        "{}: nothing to resume: there is no checkpoint (training had not begun)", path.string()));
  }
  return run;
}

void RunDirectory::write_setup(const TrainConfig& config, const RunOptions& options) {
  std::filesystem::copy_file(config.file, path_ / "config.toml",
                             std::filesystem::copy_options::overwrite_existing);
  ordered_json json = resolved(config);
  json["blas"] = blas_name();
  write_text(path_ / "config.json", json.dump(2));
  ordered_json run{{"version", FLYBALL_VERSION},
                   {"policy", std::filesystem::absolute(options.policy).string()},
                   {"config", config.file.string()},
                   {"id", config.id},
                   {"seed", config.trainer.seed},
                   {"steps", config.trainer.steps},
                   {"threads", options.threads},
                   {"checkpoint_seconds", options.checkpoint_seconds}};
  if (config.validation) run["validation"] = validation_json(*config.validation);
  write_text(path_ / "run.json", run.dump(2));
}

ordered_json RunDirectory::read_run() const {
  const std::filesystem::path path = path_ / "run.json";
  std::ifstream stream(path);
  ordered_json run = ordered_json::parse(stream, nullptr, false);
  if (!run.is_object()) throw DataError(path.string() + ": missing or damaged");
  if (run.value("version", "") != FLYBALL_VERSION) {
    throw DataError(fmt::format("{}: begun by flyball {}; this is {}", path.string(),
                                run.value("version", "of an unknown version"), FLYBALL_VERSION));
  }
  return run;
}

TrainConfig RunDirectory::read_config(const ReadTrainConfig& read) const {
  const ordered_json run = read_run();
  TrainConfig config = read(path_ / "config.toml");
  try {
    config.id = run.at("id").get<std::string>();
    config.trainer.seed = run.at("seed").get<std::uint64_t>();
    config.trainer.steps = run.at("steps").get<std::uint64_t>();
    config.validation.reset();
    if (run.contains("validation")) config.validation = validation_from(run.at("validation"));
  } catch (const nlohmann::json::exception& error) {
    throw DataError(fmt::format("{}: {}", (path_ / "run.json").string(), error.what()));
  }
  return config;
}

RunOptions RunDirectory::read_options() const {
  const ordered_json run = read_run();
  try {
    return {run.at("policy").get<std::string>(), run.at("threads").get<int>(),
            run.at("checkpoint_seconds").get<double>()};
  } catch (const nlohmann::json::exception& error) {
    throw DataError(fmt::format("{}: {}", (path_ / "run.json").string(), error.what()));
  }
}

void RunDirectory::begin_curves(std::uint64_t step) {
  losses_ =
      continue_csv(path_ / "losses.csv", "step,cost_loss,constraint_loss,td_error,value,rho", step);
  validation_ = continue_csv(path_ / "validation.csv",
                             "step,saving,latency_mean_seconds,in_time_share,feasible", step);
  events_ = std::make_unique<EventFile>(path_, step + 1);
}

void RunDirectory::write_losses(const TrainingProgress& progress) {
  const StepLosses& losses = progress.losses;
  losses_ << fmt::format("{},{},{},{},{},{}\n", progress.step, losses.cost, losses.constraint,
                         losses.td_error, losses.value, progress.rho);
  require_written(losses_, path_ / "losses.csv");
  const Scalar scalars[] = {{"loss/cost", losses.cost},
                            {"loss/constraint", losses.constraint},
                            {"td_error/mean", losses.td_error},
                            {"value/mean", losses.value},
                            {"rho", progress.rho}};
  events_->write(progress.step, scalars);
}

void RunDirectory::write_validation(std::uint64_t step, const ValidationFigures& figures) {
  validation_ << fmt::format("{},{},{},{},{}\n", step, figures.saving, figures.latency_mean_seconds,
                             figures.in_time_share, figures.feasible ? 1 : 0);
  require_written(validation_, path_ / "validation.csv");
  const Scalar scalars[] = {{"validation/saving", figures.saving},
                            {"validation/latency_mean_seconds", figures.latency_mean_seconds},
                            {"validation/in_time_share", figures.in_time_share},
                            {"validation/feasible", figures.feasible ? 1.0 : 0.0}};
  events_->write(step, scalars);
}

void RunDirectory::write_report(const ordered_json& report) {
  write_text(path_ / "report.json", report.dump(2));
}

}  // namespace flyball
