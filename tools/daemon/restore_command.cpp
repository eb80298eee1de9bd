#include "tools/daemon/restore_command.h"

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <system_error>

#include "env/jetson/backup.h"
#include "tools/console.h"

namespace flyball {

namespace {

struct RestoreOptions {
  std::string root = "/";
  std::string state_directory;
  bool json = false;
};

RestoreReport put_back(const RestoreOptions& options) {
  try {
    return restore_from_backup(options.root, options.state_directory);
  } catch (const std::system_error& error) {
    throw CommandError(kExitRefused, error.what());
  }
}

// A mistyped folder must not say that all is well.
void require_board(const RestoreOptions& options) {
  const std::filesystem::path root = options.root;
  if (!std::filesystem::is_directory(root / "sys")) {
    throw CommandError(kExitRefused,
                       options.root + ": no board's files are here (there is no sys)");
  }
  if (!options.state_directory.empty() && !std::filesystem::is_directory(options.state_directory)) {
    throw CommandError(kExitRefused, options.state_directory + ": no such folder");
  }
}

int restore(const RestoreOptions& options) {
  require_board(options);
  const RestoreReport report = put_back(options);
  if (options.json) {
    const nlohmann::ordered_json json = {
        {"controls", report.controls}, {"failures", report.failures}, {"remarks", report.remarks}};
    say("{}\n", json.dump(2));
  } else if (report.controls == 0) {
    say("nothing to put back\n");
  } else {
    say("put back {} of {} controls{}\n", report.controls - report.failures.size(), report.controls,
        report.remarks.empty() ? "" : fmt::format("; {} remarks", report.remarks.size()));
  }
  for (const std::string& line : report.remarks) remark("flyballd restore: {}\n", line);
  for (const std::string& failure : report.failures) {
    remark("flyballd restore: {}\n", failure);
  }
  return report.succeeded() ? kExitOk : kExitRefused;
}

}  // namespace

void add_restore_command(CLI::App& app, CommandResult& result) {
  auto options = std::make_shared<RestoreOptions>();
  CLI::App* command = app.add_subcommand("restore", "Put back what a killed flyballd left behind");
  command->add_option("--root", options->root, "Where the board's files are (default: /)")
      ->type_name("DIR");
  command
      ->add_option("--state", options->state_directory,
                   "Where the state to put back is kept (default: run/flyball under the root)")
      ->type_name("DIR");
  command->add_flag("--json", options->json, "One JSON document on stdout");
  command->footer(
      "What it puts back was saved before the first write. Where there is nothing to put back it\n"
      "says so and changes nothing.\n"
      "Examples:\n"
      "  flyballd restore\n"
      "  flyballd restore --root DIR");
  command->callback([options, &result] { result.exit_code = restore(*options); });
}

}  // namespace flyball
