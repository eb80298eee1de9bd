#include "tools/packaging/install_command.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>

#include "env/errors.h"
#include "env/jetson/backup.h"
#include "env/jetson/board_lock.h"
#include "policies/policy_file.h"
#include "policies/trusted_file.h"
#include "tools/config/config_directory.h"
#include "tools/console.h"
#include "tools/option_file.h"
#include "tools/packaging/install_record.h"
#include "tools/packaging/installation.h"
#include "tools/packaging/packaged_texts.h"
#include "tools/packaging/program_place.h"
#include "tools/packaging/system_programs.h"
#include "tools/packaging/system_user.h"

namespace flyball {

namespace fs = std::filesystem;

namespace {

constexpr const char* kService = "flyballd.service";
constexpr const char* kUnitPath = "/etc/systemd/system/flyballd.service";
constexpr const char* kWantsPath = "/etc/systemd/system/multi-user.target.wants/flyballd.service";
constexpr const char* kSysusersPath = "/etc/sysusers.d/flyball.conf";
constexpr const char* kOptionsPath = "/etc/flyball/flyball.toml";
constexpr const char* kPolicyPath = "/etc/flyball/policy.flyball";
constexpr std::size_t kMostPolicyBytes = 256UL << 20;

constexpr const char* kFooter =
    R"(What is written: the unit etc/systemd/system/flyballd.service, the user in
etc/sysusers.d/flyball.conf, the options in etc/flyball/flyball.toml, with --policy the policy
beside them, and in var/lib/flyball/installed what `flyballd uninstall` has to take away. A file
that somebody changed is left as it is, and said. Nothing is started or enabled. Run again, it
writes what is missing.

Examples:
  flyballd install --dry-run
  flyballd install --policy P.flyball && systemctl enable --now flyballd
  flyballd install --root DIR --program /usr/bin/flyballd    into an image of a system)";

struct InstallOptions {
  std::string root = "/";
  std::string policy;
  std::string program;
  bool dry_run = false;
  bool with_changed = false;

  bool is_this_system() const { return fs::weakly_canonical(root) == "/"; }
  InstallMode mode() const { return dry_run ? InstallMode::kDryRun : InstallMode::kWrite; }
};

void tell(const std::string& line) { say("{}\n", line); }

bool has_manager(const InstallOptions& options) {
  return options.is_this_system() && fs::is_directory("/run/systemd/system");
}

// Of the service manager, where it manages this system.
void manage(const InstallOptions& options, const std::vector<std::string>& words) {
  const std::string line = fmt::format("systemctl {}", fmt::join(words, " "));
  if (!has_manager(options)) return;
  if (options.dry_run) return tell("would run " + line);
  const std::optional<int> code = run_system_program("systemctl", words);
  if (code != 0) {
    throw CommandError(kExitRefused, line + (code ? fmt::format(": exit code {}", *code)
                                                  : std::string(": there is no systemctl")));
  }
  tell("ran " + line);
}

void require_rights(const InstallOptions& options, const char* command) {
  if (!fs::is_directory(options.root)) {
    throw CommandError(kExitRefused, options.root + ": no such folder");
  }
  if (options.dry_run || !options.is_this_system() || geteuid() == 0) return;
  throw CommandError(kExitRefused,
                     fmt::format("/etc: only root may write there: sudo flyballd {}", command));
}

std::string read_policy(const std::string& policy) {
  static_cast<void>(load_policy(policy));  // a bad one is refused here, not at the first start
  return read_file(policy, kMostPolicyBytes, FileTrust::kAny);
}

std::string unit_text(const std::string& program) {
  std::string text = kPackagedUnit;
  const std::string packaged = kPackagedProgram;
  for (std::size_t at = 0; (at = text.find(packaged, at)) != std::string::npos;) {
    text.replace(at, packaged.size(), program);
    at += program.size();
  }
  return text;
}

// Configurations that were named are where the service looks, too.
std::string options_text(const CLI::App& app) {
  OptionValues preset = {{"run.policy", "policy.flyball"}};
  if (const char* configs = std::getenv("FLYBALL_CONFIGS"); configs != nullptr) {
    preset["configs"] = fs::absolute(configs).lexically_normal().string();
  }
  return option_file_template(app, preset);
}

InstallPlan plan_of(const InstallOptions& options, const std::string& program,
                    const CLI::App& app) {
  InstallPlan plan;
  plan.directories = {"/etc/flyball"};
  plan.files = {{kSysusersPath, kPackagedSysusers},
                {kUnitPath, unit_text(program)},
                {kOptionsPath, options_text(app)}};
  if (!options.policy.empty()) {
    plan.files.push_back({kPolicyPath, read_policy(options.policy), true});
  }
  return plan;
}

std::string program_of(const InstallOptions& options) {
  if (!options.program.empty()) return options.program;
  const std::string program = fs::read_symlink("/proc/self/exe").string();
  if (!options.is_this_system()) return program;
  require_startable(program);
  static_cast<void>(config_directory());  // the service needs the boards, too
  return program;
}

void require_no_package(const InstallOptions& options) {
  for (const char* path :
       {"lib/systemd/system/flyballd.service", "usr/lib/systemd/system/flyballd.service"}) {
    const fs::path unit = fs::path(options.root) / path;
    if (!fs::exists(unit)) continue;
    throw CommandError(kExitRefused, unit.string() +
                                         ": a package has installed the service: "
                                         "systemctl enable --now flyballd starts it");
  }
}

void tell_next(const InstallOptions& options, const InstallRecord& record) {
  if (options.dry_run) return tell("nothing was written");
  if (!fs::exists(record.place(kPolicyPath))) {
    tell("next: flyballd install --policy P.flyball, the policy to govern by");
  } else if (options.is_this_system()) {
    tell("next: systemctl enable --now flyballd");
  }
}

int install(const InstallOptions& options, const CLI::App& app) {
  require_rights(options, "install");
  umask(0022);
  InstallRecord record(options.root);
  require_no_package(options);
  const InstallPlan plan = plan_of(options, program_of(options), app);
  install_files(plan, record, options.mode(), tell);
  if (options.dry_run) {
    if (!has_system_user(options.root)) tell("would make the system user flyball");
  } else if (make_system_user(options.root, tell)) {
    record.set_made_user(true);
    record.save();
  }
  manage(options, {"daemon-reload"});
  tell_next(options, record);
  return kExitOk;
}

// The clocks come first: what gives them back must not be taken away meanwhile.
void require_given_back(const InstallOptions& options) {
  if (is_locked(options.root)) {
    throw CommandError(kExitRefused,
                       options.root + ": a flyballd governs this board: end it first");
  }
  const Backup backup(options.root, {});
  if (!backup.exists()) return;
  throw CommandError(kExitRefused, backup.path().string() +
                                       ": clocks are not put back yet: run flyballd restore first");
}

void stop_service(const InstallOptions& options, const InstallRecord& record) {
  if (fs::exists(record.place(kUnitPath))) manage(options, {"disable", "--now", kService});
  const fs::path link = record.place(kWantsPath);
  if (!fs::is_symlink(link)) return;
  if (!options.dry_run) fs::remove(link);
  tell(fmt::format("{} {}", options.dry_run ? "would remove" : "removed", link.string()));
}

int uninstall(const InstallOptions& options) {
  require_rights(options, "uninstall");
  umask(0022);
  InstallRecord record(options.root);
  if (record.empty()) {
    tell("nothing was installed by flyballd install");
    return kExitOk;
  }
  stop_service(options, record);
  if (!options.dry_run) require_given_back(options);
  bool is_all_gone = uninstall_files(record, options.with_changed, options.mode(), tell);
  if (record.made_user()) {
    if (options.dry_run) {
      tell("would remove the system user flyball");
    } else if (remove_system_user(options.root, tell)) {
      record.set_made_user(false);
    } else {
      is_all_gone = false;
    }
  }
  if (!options.dry_run) record.save();
  manage(options, {"daemon-reload"});
  if (options.dry_run) tell("nothing was removed");
  return is_all_gone ? kExitOk : kExitFailed;
}

// What the system's calls throw names the file.
template <typename Function>
int told(const Function& function) {
  try {
    return function();
  } catch (const std::system_error& error) {
    throw CommandError(kExitRefused, error.what());
  }
}

CLI::App* add_command(CLI::App& app, const char* name, const char* what, InstallOptions& options) {
  CLI::App* command = app.add_subcommand(name, what);
  command->add_option("--root", options.root, "The system's files (default: /)")->type_name("DIR");
  command->add_flag("--dry-run", options.dry_run, "Say what would be done, change nothing");
  return command;
}

}  // namespace

void add_install_commands(CLI::App& app, CommandResult& result) {
  auto options = std::make_shared<InstallOptions>();
  CLI::App* command =
      add_command(app, "install", "Make a service of flyballd: unit, folder, user", *options);
  command->add_option("--policy", options->policy, "Copy this policy, in the place of a former one")
      ->type_name("P.flyball");
  command
      ->add_option("--program", options->program,
                   "Where flyballd is on that system (default: where this one is)")
      ->type_name("FILE")
      ->check(CLI::Validator(
          [](const std::string& path) {
            return path.starts_with('/') ? std::string() : path + ": must begin with /";
          },
          ""));
  command->footer(kFooter);
  command->callback([options, &result, &app] {
    result.exit_code = told([&] { return install(*options, app); });
  });
  command = add_command(app, "uninstall", "Take away what flyballd install wrote", *options);
  command->add_flag("--changed", options->with_changed, "Also files that were changed since");
  command->footer(
      "The service is stopped first, so that the clocks go back. Files that somebody changed since "
      "they\n"
      "were written are left, and folders that are not empty; then the exit code is 1.\n"
      "Examples:\n"
      "  flyballd uninstall --dry-run\n"
      "  flyballd uninstall --changed");
  command->callback(
      [options, &result] { result.exit_code = told([&] { return uninstall(*options); }); });
}

}  // namespace flyball
