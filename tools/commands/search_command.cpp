#include "tools/commands/search_command.h"

#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "controllers/search/random_search.h"
#include "controllers/search/searches.h"
#include "env/errors.h"
#include "env/nearest_name.h"
#include "env/output_file.h"
#include "tools/config/set_option.h"
#include "tools/console.h"
#include "tools/interrupt.h"
#include "tools/program.h"
#include "tools/progress.h"
#include "tools/search/found_setting.h"
#include "tools/search/search_journal.h"
#include "tools/search/search_page.h"
#include "tools/search/search_report.h"
#include "tools/search/search_task.h"
#include "tools/separate_output.h"
#include "tools/typed_command.h"

namespace flyball {

namespace {

// Runs on a field, with samples of earlier runs and a journal for the new ones.
class Session {
 public:
  Session(const SearchCommandOptions& options, SearchTask& task)
      : options_(options),
        field_(*task.field),
        journal_(options.journal, field_.space(), field_.text()),
        samples_(journal_.samples()),
        progress_("search", static_cast<double>(options.samples)) {}

  std::size_t resumed() const { return journal_.samples().size(); }
  const std::vector<SearchSample>& samples() const { return samples_; }

  // The latency of the highest clocks; they are measured first. Absent: interrupted.
  std::optional<double> start_seconds() {
    const std::size_t start = field_.space().start();
    if (find(start) == nullptr) {
      const SearchProblem unlimited{field_.space(), std::nullopt, {}};
      RandomSearch first(unlimited, 0);  // begins at the start
      run(first, unlimited, samples_.size() + 1);
    }
    const SearchSample* sample = find(start);
    return sample ? std::optional(sample->seconds) : std::nullopt;
  }

  void tell(Search& search) const {
    for (const SearchSample& sample : samples_) search.observe(sample);
  }

  void run(Search& search, const SearchProblem& problem, std::size_t samples) {
    field_.run(search, problem, samples_.size(), samples, [this](const SearchSample& sample) {
      journal_.add(sample);
      samples_.push_back(sample);
      progress_.update(static_cast<double>(samples_.size()), field_.space().text(sample.candidate));
    });
  }

 private:
  const SearchSample* find(std::size_t candidate) const {
    for (const SearchSample& sample : samples_) {
      if (sample.candidate == candidate) return &sample;
    }
    return nullptr;
  }

  const SearchCommandOptions& options_;
  SearchField& field_;
  SearchJournal journal_;
  std::vector<SearchSample> samples_;
  Progress progress_;
};

std::string prior_text(const SearchCommandOptions& options, const SearchTask& task) {
  if (options.search != "bayes" && options.search != "thompson") return "";
  if (task.others.empty()) return "the board's physics";
  std::vector<std::string> names;
  for (const WorkloadSurface& surface : task.others) names.push_back(surface.workload);
  return join_names(names);
}

SearchReport search(const SearchCommandOptions& options, SearchTask& task) {
  SearchReport report;
  report.board = task.board.id;
  report.what = task.what;
  report.search = options.search + (options.search == "bayes" ? ", " + options.mode : "");
  report.prior = prior_text(options, task);
  SearchProblem problem{task.field->space(), task.limit_seconds, {}};
  if (!report.prior.empty() && !task.others.empty()) {
    problem.prior = learned_prior(problem.space, task.others);
  }
  Session session(options, task);
  report.resumed = session.resumed();
  if (task.slowdown) {
    const std::optional<double> start = session.start_seconds();
    if (start) problem.limit_seconds = *task.slowdown * *start;
  }
  const auto chosen = as_usage([&] {
    return make_search(options.search, problem,
                       {options.mode == "certified" ? SearchMode::kCertified : SearchMode::kProbing,
                        options.seed});
  });
  session.tell(*chosen);
  if (problem.limit_seconds) session.run(*chosen, problem, options.samples);
  report.limit_seconds = problem.limit_seconds;
  report.samples = session.samples();
  report.best = chosen->best();
  report.interrupted = interrupted();
  return report;
}

void write_results(const SearchCommandOptions& options, const SearchTask& task,
                   const SearchReport& report) {
  if (!report.best) return;
  const FoundSetting setting = found_setting(task.board, task.field->space(), *report.best);
  if (!options.policy.empty()) {
    save_policy(options.policy, fixed_policy(task.board.id, setting, report.what));
  }
  if (!options.nvpmodel.empty()) {
    write_output(options.nvpmodel, nvpmodel_block(task.board, setting, task.cpus_online));
  }
}

void run_command(const SearchCommandOptions& options, CommandResult& result) {
  for (const std::string& file : {options.policy, options.nvpmodel}) {
    if (file.empty()) continue;
    require_separate(file, {options.grid, options.journal});
    require_writable(file);
    keep_stdout_for(file);
  }
  SearchTask task = make_search_task(options);
  const SearchReport report = search(options, task);
  if (options.json) {
    say("{}\n", to_json(report, task.field->space()).dump(2));
  } else {
    say("{}", to_text(report, task.field->space()));
  }
  write_results(options, task, report);
  if (!options.report_folder.empty()) {
    write_report_page(options.report_folder,
                      search_page(report, task.field->space(), typed_command()));
  }
  if (report.interrupted) {
    remark("flyball search: interrupted after {} samples{}\n", report.samples.size(),
           options.journal.empty()
               ? ""
               : fmt::format("; {} has them: the same command goes on", options.journal));
    result.exit_code = kExitInterrupted;
  } else if (!report.is_feasible()) {
    result.exit_code = kExitFailed;
  }
}

std::string list_of_searches() {
  std::string text;
  for (const SearchKind& kind : search_kinds()) {
    text += fmt::format("  {:<10}{}\n", kind.name, kind.what);
  }
  return text;
}

void add_field_options(CLI::App& command, SearchCommandOptions& options) {
  command.add_option("--board", options.board, "Id of a board, or the path of its file")
      ->type_name("B");
  command
      .add_option("--workload", options.workload,
                  "Id of a workload, or the path of its file; with --grid its name there")
      ->type_name("W");
  command.add_option("--scenario", options.scenario, "Instead: a scenario, by name or file")
      ->type_name("S");
  command
      .add_option("--grid", options.grid,
                  "Instead of a simulation: a CSV file with every setting measured, as of "
                  "reproduce bofl")
      ->type_name("FILE");
  command
      .add_option("--root", options.root,
                  "Instead: a board that is at work, / or where its files are mounted; flyballd "
                  "holds each setting")
      ->type_name("DIR");
  command
      .add_option("--sample-seconds", options.sample_seconds,
                  "With --root: how long a setting is measured")
      ->type_name("S")
      ->check(number_in(2, 3600))
      ->capture_default_str();
  command
      .add_option("--flyballd", options.daemon,
                  "With --root: the program (default: beside this one, or on the path)")
      ->type_name("FILE");
  add_set_option(command, options.assignments, "board.sensor.noise_watts=0.1");
  command.add_option("--batch", options.batch, "With --workload: requests served as one batch")
      ->type_name("N")
      ->check(whole_in(1, 4096))
      ->capture_default_str();
  command
      .add_option("--noise", options.noise,
                  "With --workload: standard deviation of a batch's time, relative")
      ->check(number_in(0, 0.5))
      ->capture_default_str();
  command
      .add_option(
          "--power-every", options.power_seconds,
          "With --workload: seconds between readings of the power sensor (default: at each look)")
      ->type_name("S")
      ->check(number_in(0.001, 60));
}

void add_search_options(CLI::App& command, SearchCommandOptions& options) {
  std::vector<std::string> names;
  for (const SearchKind& kind : search_kinds()) names.emplace_back(kind.name);
  command.add_option("--search", options.search, "Which search, see below")
      ->type_name("NAME")
      ->check(CLI::IsMember(names))
      ->capture_default_str();
  command
      .add_option("--mode", options.mode,
                  "Of bayes. certified: tries nothing that may be over the limit; probing: tries "
                  "what is predicted to keep it")
      ->type_name("MODE")
      ->check(CLI::IsMember({"certified", "probing"}))
      ->capture_default_str();
  CLI::Option* limit = command
                           .add_option("--limit-latency", options.limit_seconds,
                                       "Limit on a request's mean latency, in seconds")
                           ->type_name("S")
                           ->check(number_in(1e-6, 1e6));
  command
      .add_option("--slowdown", options.slowdown,
                  "Instead: the limit as a multiple of the latency at the highest clocks")
      ->type_name("X")
      ->check(number_in(1, 100))
      ->excludes(limit);
  command.add_option("--samples", options.samples, "At most so many, earlier ones included")
      ->type_name("N")
      ->check(whole_in(1, 100'000))
      ->capture_default_str();
  command
      .add_option("--prior", options.prior,
                  "Other workloads on this board, whose surfaces tell beforehand, or policies of "
                  "other workloads or boards, P.flyball, whose predictions do (default: all others "
                  "of --grid; without it the board's physics)")
      ->type_name("W,...")
      ->delimiter(',');
  command.add_option("--seed", options.seed, "Of noise, arrivals and searches that draw")
      ->check(seed_number())
      ->capture_default_str();
}

void add_output_options(CLI::App& command, SearchCommandOptions& options) {
  command
      .add_option("--journal", options.journal,
                  "Each sample is written here at once; if it is there, the search goes on from it")
      ->type_name("FILE");
  command.add_option("-o,--output", options.policy, "Write a policy that holds the setting")
      ->type_name("P.flyball");
  command
      .add_option("--nvpmodel", options.nvpmodel,
                  "Write the setting as a power mode of nvpmodel.conf; - is stdout")
      ->type_name("FILE");
  command
      .add_option("--report", options.report_folder,
                  "Write an HTML page to this folder: tables and figures, opens offline")
      ->type_name("DIR");
  command.add_flag("--json", options.json, "One JSON document on stdout");
}

}  // namespace

void add_search_command(CLI::App& app, CommandResult& result) {
  auto options = std::make_shared<SearchCommandOptions>();
  CLI::App* command =
      app.add_subcommand("search", "Find the best fixed setting of a board in few samples");
  add_field_options(*command, *options);
  add_search_options(*command, *options);
  add_output_options(*command, *options);
  command->footer(
      "The setting with the least energy per request whose mean latency keeps the limit, among "
      "those\n"
      "of the board's default power mode or the scenario's, or within the limits in force. A "
      "sample\n"
      "averages batches, or whole runs of a scenario, until it is known to 0.5 %. With --root "
      "each\n"
      "setting is held by a run of flyballd, without its guard, and the clocks are the kernel's "
      "in\n"
      "between; one that is a tenth over the limit is left after three seconds. Searches:\n" +
      list_of_searches() +
      "Exits with 1 if no setting that was tried keeps the limit.\n"
      "Examples:\n"
      "  flyball search --board orin-nx-16gb --workload resnet18 --slowdown 1.2\n"
      "  flyball search --board nano-4gb --workload bert_tiny --prior resnet18,alexnet \\\n"
      "      --slowdown 1.2 --samples 10 -o P.flyball --nvpmodel -\n"
      "  flyball search --board nano-4gb --workload bert_tiny --prior P.flyball --slowdown 1.2\n"
      "  flyball search --grid sweep.csv --workload ViT_CIFAR10_train_b32 --slowdown 1.5 \\\n"
      "      --mode probing --journal j.jsonl\n"
      "  flyball search --root / --slowdown 1.2 --samples 10 --journal j.jsonl -o P.flyball");
  command->callback([options, &result] { run_command(*options, result); });
}

}  // namespace flyball
