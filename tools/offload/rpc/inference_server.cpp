#include "tools/offload/rpc/inference_server.h"

#include <fmt/format.h>
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "tools/offload/rpc/infer_message.h"

namespace flyball {

namespace {

using Clock = std::chrono::steady_clock;
using grpc::ServerContext;
using grpc::Status;
using grpc::StatusCode;

constexpr int kMostThreads = 16;  // requests at once, and gRPC's own

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

class Service final : public inference::GRPCInferenceService::Service {
 public:
  Service(const SplitRuntime& runtime, std::string model, std::string version)
      : runtime_(runtime),
        shape_(served_shape(runtime.shape(), runtime.config())),
        model_(std::move(model)),
        version_(std::move(version)) {}

  Status ServerLive(ServerContext*, const inference::ServerLiveRequest*,
                    inference::ServerLiveResponse* response) override {
    response->set_live(true);
    return Status::OK;
  }

  Status ServerReady(ServerContext*, const inference::ServerReadyRequest*,
                     inference::ServerReadyResponse* response) override {
    response->set_ready(true);
    return Status::OK;
  }

  Status ModelReady(ServerContext*, const inference::ModelReadyRequest* request,
                    inference::ModelReadyResponse* response) override {
    Status found = find(request->name(), request->version());
    response->set_ready(found.ok());
    return found;
  }

  Status ServerMetadata(ServerContext*, const inference::ServerMetadataRequest*,
                        inference::ServerMetadataResponse* response) override {
    response->set_name("flyball-cloud");
    response->set_version(FLYBALL_VERSION);
    return Status::OK;
  }

  Status ModelMetadata(ServerContext*, const inference::ModelMetadataRequest* request,
                       inference::ModelMetadataResponse* response) override {
    Status found = find(request->name(), request->version());
    if (!found.ok()) return found;
    response->set_name(model_);
    response->add_versions(version_);
    response->set_platform("flyball_split");
    describe(shape_, *response);
    return Status::OK;
  }

  Status ModelInfer(ServerContext*, const inference::ModelInferRequest* request,
                    inference::ModelInferResponse* response) override {
    const Clock::time_point begin = Clock::now();
    const Status found = find(request->model_name(), request->model_version());
    if (!found.ok()) return refused(found);
    try {
      const std::vector<float> logits = runtime_.remote_scores(read_request(*request, shape_));
      response->set_model_name(model_);
      response->set_model_version(version_);
      response->set_id(request->id());
      const double seconds = seconds_since(begin);
      write_answer(logits, seconds, *response);
      add_answer(seconds);
      return Status::OK;
    } catch (const std::invalid_argument& error) {
      return refused({StatusCode::INVALID_ARGUMENT, error.what()});
    }
  }

  InferenceServer::Counts counts() const {
    const std::lock_guard lock(mutex_);
    return counts_;
  }

 private:
  Status find(const std::string& model, const std::string& version) const {
    if (model != model_) {
      return {StatusCode::NOT_FOUND,
              fmt::format("no model \"{}\"; there is \"{}\"", model, model_)};
    }
    if (!version.empty() && version != version_) {
      return {StatusCode::NOT_FOUND,
              fmt::format("model \"{}\" has no version {}; it has {}", model, version, version_)};
    }
    return Status::OK;
  }

  void add_answer(double seconds) {
    const std::lock_guard lock(mutex_);
    ++counts_.answered;
    counts_.compute_seconds += seconds;
  }

  Status refused(const Status& status) {
    const std::lock_guard lock(mutex_);
    ++counts_.refused;
    return status;
  }

  const SplitRuntime& runtime_;
  const ServedShape shape_;
  const std::string model_;
  const std::string version_;
  mutable std::mutex mutex_;
  InferenceServer::Counts counts_;
};

std::shared_ptr<grpc::ServerCredentials> credentials(
    const std::optional<ServerCertificate>& certificate) {
  if (!certificate) return grpc::InsecureServerCredentials();
  grpc::SslServerCredentialsOptions options;
  options.pem_key_cert_pairs.push_back({certificate->key, certificate->chain});
  return grpc::SslServerCredentials(options);
}

}  // namespace

struct InferenceServer::Impl {
  Impl(const SplitRuntime& runtime, const InferenceServerOptions& options)
      : service(runtime, options.model, options.version) {}

  Service service;
  std::unique_ptr<grpc::Server> server;
  int port = 0;
};

InferenceServer::InferenceServer(const SplitRuntime& runtime, const InferenceServerOptions& options)
    : impl_(std::make_unique<Impl>(runtime, options)) {
  grpc::ServerBuilder builder;
  builder.AddListeningPort(options.address, credentials(options.certificate), &impl_->port);
  builder.RegisterService(&impl_->service);
  builder.SetMaxReceiveMessageSize(
      static_cast<int>(largest_request_bytes(served_shape(runtime.shape(), runtime.config()))));
  grpc::ResourceQuota quota;
  builder.SetResourceQuota(quota.SetMaxThreads(kMostThreads));
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);  // a second server is an error
  impl_->server = builder.BuildAndStart();
  if (!impl_->server || impl_->port == 0) {
    throw std::runtime_error(
        fmt::format("{}: cannot be listened on{}", options.address,
                    options.certificate ? ", or certificate and key do not fit each other" : ""));
  }
}

InferenceServer::~InferenceServer() { drain(0.0); }

int InferenceServer::port() const { return impl_->port; }

InferenceServer::Counts InferenceServer::counts() const { return impl_->service.counts(); }

void InferenceServer::drain(double seconds) {
  impl_->server->Shutdown(std::chrono::system_clock::now() +
                          std::chrono::duration_cast<std::chrono::system_clock::duration>(
                              std::chrono::duration<double>(seconds)));
  impl_->server->Wait();
}

}  // namespace flyball
