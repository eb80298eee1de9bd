#include "tools/config/train_config.h"

#include "tools/config/config_directory.h"
#include "tools/toml_reader.h"

namespace flyball {

namespace {

// The first of `allowed` where the key is absent.
std::string choice_or_first(const TomlTable& table, std::string_view key,
                            std::initializer_list<std::string_view> allowed) {
  return table.contains(key) ? table.choice(key, allowed) : std::string(*allowed.begin());
}

std::optional<ServedRange> read_range(const TomlTable& table, std::string_view key) {
  const auto ends = table.optional<std::vector<double>>(key);
  if (!ends) return std::nullopt;
  if (ends->size() != 2 || !((*ends)[0] > 0.0 || key == "eta_range") ||
      !((*ends)[0] < (*ends)[1])) {
    table.fail(key, "two numbers, ascending, expected");
  }
  return ServedRange{(*ends)[0], (*ends)[1]};
}

std::vector<LogSource> read_logs(const TomlTable& file) {
  std::vector<LogSource> logs;
  for (const TomlTable& table : file.tables("logs")) {
    LogSource source;
    source.pattern = table.required<std::string>("path");
    table.read("weight", source.weight);
    if (!(source.weight > 0.0)) table.fail("weight", "must be above 0");
    logs.push_back(source);
  }
  return logs;
}

std::vector<DatasetSource> read_datasets(const TomlTable& file) {
  std::vector<DatasetSource> datasets;
  for (const TomlTable& table : file.tables("datasets")) {
    DatasetSource source;
    source.pattern = table.required<std::string>("path");
    table.read("weight", source.weight);
    if (!(source.weight > 0.0)) table.fail("weight", "must be above 0");
    source.board = table.optional<std::string>("board");
    datasets.push_back(source);
  }
  return datasets;
}

std::vector<SimulationSource> read_simulations(const TomlTable& file) {
  std::vector<SimulationSource> simulations;
  for (const TomlTable& table : file.tables("simulate")) {
    SimulationSource source;
    source.scenario = table.required<std::string>("scenario");
    source.log.duration_seconds = table.optional<double>("duration_seconds");
    table.read("explore", source.log.explore);
    if (const auto hold = table.optional<int>("hold_periods")) {
      if (*hold < 1) table.fail("hold_periods", "must be at least 1");
      source.log.hold_periods = static_cast<std::uint32_t>(*hold);
    }
    table.read("latency_factor", source.log.latency_factor);
    table.read("with_effect_snapshot", source.log.with_effect_snapshot);
    source.log.modes = table.optional<std::vector<int>>("modes").value_or(std::vector<int>{});
    if (const auto range = read_range(table, "deadline_factors")) {
      source.log.deadline_factors = {range->low, range->high};
    }
    table.read("segment_seconds", source.log.segment_seconds);
    table.read("weight", source.weight);
    if (!(source.weight > 0.0)) table.fail("weight", "must be above 0");
    try {
      validate(source.log);
    } catch (const std::invalid_argument& error) {
      table.fail(error);
    }
    simulations.push_back(source);
  }
  return simulations;
}

void read_observation(const TomlTable& table, EncoderConfig& encoder) {
  table.read("with_effective", encoder.with_effective);
  table.read("with_utilization", encoder.with_utilization);
  table.read("with_queue", encoder.with_queue);
  table.read("with_arrivals", encoder.with_arrivals);
  table.read("with_slack", encoder.with_slack);
  table.read("with_deadline", encoder.with_deadline);
  table.read("with_power", encoder.with_power);
  table.read("with_temperature", encoder.with_temperature);
  table.read("with_mode", encoder.with_mode);
  table.read("with_previous_action", encoder.with_previous_action);
  table.read("with_t_as", encoder.with_t_as);
  table.read("with_vector_to_go", encoder.with_vector_to_go);
  table.read("queue_scale", encoder.queue_scale);
  table.read("rate_scale", encoder.rate_scale);
  table.read("slack_scale_seconds", encoder.slack_scale_seconds);
  table.read("power_scale_watts", encoder.power_scale_watts);
}

void read_constraint(const TomlTable& table, TrainConfig& config) {
  const std::string kind = choice_or_first(table, "constraint", {"none", "latency", "miss_rate"});
  if (kind == "none") return;
  ConstraintLimit constraint;
  constraint.kind = kind == "latency" ? ConstraintKind::kLatency : ConstraintKind::kMissRate;
  table.read("margin", constraint.margin);
  constraint.tolerance = table.optional<double>("tolerance");
  if (choice_or_first(table, "constraint_rule", {"mask", "multiplier"}) == "multiplier") {
    constraint.multiplier = 0.0;
  }
  config.limit_range = read_range(table, "limit_range");
  if (kind == "miss_rate") {
    constraint.limit = table.required<double>("limit_share");
  } else {
    config.limit_factor = table.optional<double>("limit_factor");
    const auto seconds = table.optional<double>("limit_seconds");
    if (config.limit_factor.has_value() == seconds.has_value()) {
      table.fail("constraint", "a latency limit needs either limit_seconds or limit_factor");
    }
    constraint.limit = seconds ? *seconds : *config.limit_factor;
  }
  config.trainer.objective.constraint = constraint;
  config.trainer.objective.limit_range = config.limit_range;
  config.spans.encoder.with_limit = config.limit_range.has_value();
}

void read_objective(const TomlTable& table, TrainConfig& config) {
  const bool batches =
      choice_or_first(table, "credit", {"whole_batches", "period"}) == "whole_batches";
  config.spans.credit = batches ? SpanCredit::kWholeBatches : SpanCredit::kPeriod;
  ObjectiveConfig& objective = config.trainer.objective;
  objective.per_request = batches;
  RewardConfig& reward = objective.reward;
  table.read("eta", reward.eta);
  objective.eta_range = read_range(table, "eta_range");
  config.spans.encoder.with_eta = objective.eta_range.has_value();
  table.read("miss_penalty", reward.miss_penalty);
  const auto energy = table.optional<double>("energy_reference_joules");
  const auto latency = table.optional<double>("latency_reference_seconds");
  if (energy.has_value() != latency.has_value()) {
    table.fail(energy ? "energy_reference_joules" : "latency_reference_seconds",
               "give both references or none");
  }
  if (energy) {
    reward.energy_reference_joules = *energy;
    reward.latency_reference_seconds = *latency;
    config.references_given = true;
  }
  read_constraint(table, config);
}

void read_network(const TomlTable& table, TrainerConfig& trainer) {
  trainer.head = head_from(choice_or_first(table, "head", {"smooth", "joint", "branching"}));
  if (table.contains("constraint_head")) {
    trainer.constraint_head =
        head_from(table.choice("constraint_head", {"smooth", "joint", "branching"}));
  }
  trainer.dueling = table.optional<bool>("dueling");
  trainer.network.branch_loss = choice_or_first(table, "branch_loss", {"joint", "each"}) == "joint"
                                    ? BranchLoss::kJoint
                                    : BranchLoss::kEach;
  table.read("degree", trainer.degree);
  trainer.engine = choice_or_first(table, "engine", {"fused", "reference"}) == "fused"
                       ? NetworkEngine::kFused
                       : NetworkEngine::kReference;
  if (const auto hidden = table.optional<std::vector<int>>("hidden")) {
    trainer.network.hidden.clear();
    for (const int width : *hidden) {
      if (width < 1) table.fail("hidden", "widths must be at least 1");
      trainer.network.hidden.push_back(static_cast<std::size_t>(width));
    }
  }
  table.read("learning_rate", trainer.network.learning_rate);
  table.read("weight_decay", trainer.network.weight_decay);
  table.read("huber_delta", trainer.network.huber_delta);
  table.read("gradient_norm", trainer.network.gradient_norm);
  table.read("cql_alpha", trainer.network.cql_alpha);
}

void read_learner(const TomlTable& table, TrainerConfig& trainer) {
  LearnerConfig& learner = trainer.learner;
  learner.backup =
      backup_from(choice_or_first(table, "backup", {"full_period", "dvfo", "blocking"}));
  table.read("gamma", learner.gamma);
  table.read("double_dqn", learner.double_dqn);
  table.read("minibatch", learner.minibatch);
  table.read("target_tau", learner.target_tau);
  table.read("target_period", learner.target_period);
  table.read("n_step", learner.n_step);
  table.read("iterate_rho", learner.iterate_rho);
  table.read("rho_period", learner.rho_period);
  table.read("multiplier_rate", learner.multiplier_rate);
  table.read("steps", trainer.steps);
}

void read_replay(const TomlTable& table, TrainerConfig& trainer) {
  trainer.prioritized = choice_or_first(table, "kind", {"prioritized", "uniform"}) == "prioritized";
  table.read("capacity", trainer.capacity);
  table.read("alpha", trainer.priority.alpha);
  table.read("beta", trainer.priority.beta);
  table.read("beta_samples", trainer.priority.beta_samples);
}

ValidationConfig read_validation(const TomlTable& table) {
  ValidationConfig validation;
  validation.scenario = table.required<std::string>("scenario");
  table.read("every_steps", validation.every_steps);
  validation.patience = table.optional<std::uint64_t>("patience");
  table.read("seed", validation.seed);
  table.read("runs", validation.runs);
  try {
    validate(validation);
  } catch (const std::invalid_argument& error) {
    table.fail(error);
  }
  return validation;
}

TrainConfig read_train_config(const TomlTable& file) {
  TrainConfig config;
  config.spans.knobs = file.required<std::vector<std::string>>("knobs");
  config.spans.encoder.period_seconds = file.required<double>("period_seconds");
  config.logs = read_logs(file);
  config.datasets = read_datasets(file);
  config.simulations = read_simulations(file);
  if (const auto table = file.optional_table("observation")) {
    read_observation(*table, config.spans.encoder);
  }
  read_objective(file.table("objective"), config);
  if (const auto table = file.optional_table("network")) read_network(*table, config.trainer);
  if (const auto table = file.optional_table("learner")) read_learner(*table, config.trainer);
  if (const auto table = file.optional_table("replay")) read_replay(*table, config.trainer);
  if (const auto table = file.optional_table("support")) {
    table->read("minimum", config.trainer.support.minimum);
    table->read("radius", config.trainer.support.radius);
    table->read("balance", config.trainer.balance);
  }
  if (const auto table = file.optional_table("validation")) {
    config.validation = read_validation(*table);
  }
  config.spans.encoder.eta = config.trainer.objective.reward.eta;
  file.reject_unknown();
  try {
    validate(config.spans);
    validate(config.spans.encoder);
    validate(config.trainer);
  } catch (const std::invalid_argument& error) {
    file.fail(error);
  }
  return config;
}

}  // namespace

TrainConfig load_train_config(const std::string& id_or_path) {
  const std::filesystem::path path = find_config("train", id_or_path);
  TrainConfig config = read_train_config(TomlTable::parse_file(path));
  config.id = path.stem().string();
  config.file = path;
  return config;
}

}  // namespace flyball
