#include "tools/packaging/program_place.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "env/errors.h"

namespace flyball {

namespace {

constexpr const char* kAdvice =
    "put it elsewhere (cmake --install build/release --prefix /usr/local), and install from there";

void require_roots_alone(const std::filesystem::path& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) {
    throw std::system_error(errno, std::generic_category(), path.string());
  }
  if (info.st_uid == 0 && (info.st_mode & (S_IWGRP | S_IWOTH)) == 0) return;
  throw DataError(fmt::format(
      "{}: others than root may change it (owner {}, mode {:04o}), and the service runs as root: "
      "{}",
      path.string(), info.st_uid, info.st_mode & 07777U, kAdvice));
}

}  // namespace

void require_startable(const std::filesystem::path& program) {
  const std::string text = program.string();
  for (const char* hidden : {"/home/", "/root/", "/run/user/", "/tmp/", "/var/tmp/"}) {
    if (!text.starts_with(hidden)) continue;
    throw DataError(
        fmt::format("{}: hidden from the service, which sees no {}: {}", text, hidden, kAdvice));
  }
  std::filesystem::path part;
  for (const std::filesystem::path& name : program) require_roots_alone(part /= name);
}

}  // namespace flyball
