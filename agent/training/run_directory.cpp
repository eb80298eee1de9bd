#include "agent/training/run_directory.h"

#include <fmt/format.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "agent/networks/q_network.h"
#include "agent/training/crc32c.h"
#include "env/config/fields_json.h"
#include "env/errors.h"
#include "env/excerpt.h"
#include "env/output_file.h"
#include "policies/bounded_json.h"

namespace flyball {

namespace {

using nlohmann::ordered_json;

void write_text(const std::filesystem::path& path, const std::string& text) {
  write_output(path, text + '\n');
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
  write_output(path, kept);
  std::ofstream stream(path, std::ios::app);
  require_written(stream, path);
  return stream;
}

constexpr const char* kOwnFiles[] = {kCheckpoint,  "config.toml", "config.json",
                                     "run.json",   "data.hdf5",   "best.flyball",
                                     "losses.csv", "report.json", "validation.csv"};

LearnerKind learner_from(const std::string& word) {
  const auto kind = from_word<LearnerKind>(word);
  if (!kind) throw std::invalid_argument(fmt::format("learner = \"{}\": is none", word));
  return *kind;
}

}  // namespace

std::filesystem::path run_directory_of(const std::filesystem::path& policy) {
  return is_written_through(policy) ? std::filesystem::path("policy.run")
                                    : std::filesystem::path(policy.string() + ".run");
}

void prepare_output(const std::filesystem::path& policy) {
  if (policy.has_parent_path()) std::filesystem::create_directories(policy.parent_path());
  require_writable(policy);
}

ordered_json resolved(TrainConfig config) {
  config.references_given = true;
  config.limit_factor.reset();  // it has become limit_seconds
  ordered_json json{{"config", config.file.string()}, {"version", FLYBALL_VERSION}};
  json.update(fields_to_json<ordered_json>(config));
  json["seed"] = config.trainer.seed;
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
  if (!std::filesystem::exists(path / kCheckpoint)) {
    throw DataError(fmt::format(
        "{}: nothing to resume: there is no checkpoint (training had not begun)", path.string()));
  }
  return RunDirectory(path);
}

void RunDirectory::write_setup(const TrainConfig& config, const RunOptions& options) {
  if (config.text.empty()) throw std::invalid_argument("a run needs its configuration's text");
  write_output(path_ / "config.toml", config.text);
  ordered_json json = resolved(config);
  json["blas"] = blas_name();
  write_text(path_ / "config.json", json.dump(2));
  ordered_json run{{"version", FLYBALL_VERSION},
                   {"policy", absolute_output(options.policy).string()},
                   {"config", config.file.string()},
                   {"id", config.id},
                   {"seed", config.trainer.seed},
                   {"steps", config.trainer.steps},
                   {"learner", word_of(config.trainer.kind)},
                   {"config_checksum", crc32c(config.text)},
                   {"threads", options.threads},
                   {"checkpoint_seconds", options.checkpoint_seconds},
                   {"force", options.force},
                   {"warnings", options.warnings}};
  if (config.validation) run["validation"] = fields_to_json<ordered_json>(*config.validation);
  write_text(path_ / "run.json", run.dump(2));
}

nlohmann::json RunDirectory::read_run() const {
  const std::filesystem::path path = path_ / "run.json";
  nlohmann::json run = read_json(path);
  const auto version = run.is_object() ? run.find("version") : run.end();
  if (version == run.end() || !version->is_string()) {
    throw DataError(path.string() + ": damaged: no version of flyball that began it");
  }
  if (*version != FLYBALL_VERSION) {
    throw DataError(fmt::format("{}: begun by flyball {}; this is {}", path.string(),
                                excerpt(version->get<std::string>()), FLYBALL_VERSION));
  }
  return run;
}

TrainConfig RunDirectory::read_config(const ReadTrainConfig& read) const {
  const nlohmann::json run = read_run();
  TrainConfig config = read(path_ / "config.toml");
  if (run.value("config_checksum", crc32c(config.text)) != crc32c(config.text)) {
    throw DataError(
        (path_ / "config.toml").string() +
        ": was changed since the run began, and a run goes on as it began: put it back, "
        "or begin another run");
  }
  try {
    config.id = run.at("id").get<std::string>();
    config.trainer.seed = run.at("seed").get<std::uint64_t>();
    config.trainer.steps = run.at("steps").get<std::uint64_t>();
    config.trainer.kind = learner_from(run.at("learner").get<std::string>());
    config.validation.reset();
    if (run.contains("validation")) {
      config.validation = fields_from_json<ValidationConfig>(run.at("validation"), "validation");
    }
  } catch (const std::exception& error) {
    throw DataError(fmt::format("{}: {}", (path_ / "run.json").string(), error.what()));
  }
  return config;
}

RunOptions RunDirectory::read_options() const {
  const nlohmann::json run = read_run();
  try {
    return {run.at("policy").get<std::string>(), run.at("threads").get<int>(),
            run.at("checkpoint_seconds").get<double>(), run.value("force", false),
            run.value("warnings", std::vector<std::string>{})};
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
