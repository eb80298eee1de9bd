#include "tools/daemon/shadow_command.h"

#include <memory>

#include "tools/daemon/run_command.h"
#include "tools/daemon/session_command.h"

namespace flyball {

namespace {

constexpr const char* kWho = "flyballd shadow";

constexpr const char* kFooter = R"(Examples:
  flyballd shadow --policy P.flyball              what the policy would do, until Ctrl-C
  flyballd shadow --policy P.flyball --log L.csv --for 3600
                                                  an hour of it, with a log to learn from

The kernel's governors go on deciding and nothing on the board is written. The policy reads and
decides as in a run, and at the end the settings that it wanted are told. The log holds what ran,
the kernel's own choices: beside a log of `flyballd explore` it is data to train on.)";

struct ShadowOptions {
  GovernOptions govern;
  bool json = false;
};

}  // namespace

void add_shadow_command(CLI::App& app, CommandResult& result, StopSignals& signals) {
  auto options = std::make_shared<ShadowOptions>();
  GovernOptions& govern = options->govern;
  govern.session.wake_descriptor = signals.descriptor();
  govern.session.dry_run = true;
  CLI::App* command =
      app.add_subcommand("shadow", "Decide beside the kernel's governors, writing nothing");
  add_policy_options(*command, govern);
  add_session_options(*command, govern.session);
  add_log_options(*command, govern.session);
  command->add_flag("--json", options->json, "One JSON document on stdout");
  command->footer(kFooter);
  command->callback([options, &result, &signals] {
    result.exit_code = govern_and_tell(kWho, options->govern, options->json, signals);
  });
}

}  // namespace flyball
