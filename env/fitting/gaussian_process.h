// Regression by a Gaussian process with zero mean, the Matern 3/2 kernel of env/model/residual.h
// with a length per coordinate, and independent noise. Source: Rasmussen and Williams, Gaussian
// Processes for Machine Learning (2006), eq. 2.23-2.30, 5.8-5.12. Not thread-safe while fitting.
#pragma once

#include <Eigen/Cholesky>
#include <Eigen/Core>

namespace flyball {

struct GaussianProcessHyper {
  Eigen::VectorXd lengths;  // per coordinate
  double deviation = 0.1;   // of the process
  double noise = 0.01;      // of a measurement
};

// What is believed of the hyper-parameters before data: log-normal.
struct GaussianProcessPrior {
  double length = 1.65;        // a factor of 5 between frequencies is about one length
  double length_spread = 1.0;  // in the logarithm
  double deviation = 0.1;
  double noise = 0.01;
  double spread = 1.5;  // of deviation and noise, in the logarithm
};

class GaussianProcess {
 public:
  // `inputs`: one row per measurement. With the hyper-parameters as they are given.
  GaussianProcess(Eigen::MatrixXd inputs, Eigen::VectorXd targets, GaussianProcessHyper hyper);

  // Hyper-parameters of the largest posterior density, by BFGS from `start`.
  static GaussianProcessHyper optimise(const Eigen::MatrixXd& inputs,
                                       const Eigen::VectorXd& targets,
                                       const GaussianProcessPrior& prior,
                                       const GaussianProcessHyper& start);

  double mean(const Eigen::VectorXd& x) const;
  double variance(const Eigen::VectorXd& x) const;  // of the process, without the noise
  // log p(targets | inputs, hyper), eq. 2.30.
  double log_likelihood() const;
  // Per measurement: how far it is from what the others predict, and the standard deviation of
  // that prediction, noise included (eq. 5.12).
  struct LeaveOneOut {
    Eigen::VectorXd error;
    Eigen::VectorXd deviation;
  };
  LeaveOneOut leave_one_out() const;

  const Eigen::VectorXd& weights() const { return weights_; }  // (K + noise^2 I)^-1 targets
  const GaussianProcessHyper& hyper() const { return hyper_; }

 private:
  Eigen::VectorXd kernel(const Eigen::VectorXd& x) const;

  Eigen::MatrixXd inputs_;
  Eigen::VectorXd targets_;
  GaussianProcessHyper hyper_;
  Eigen::LLT<Eigen::MatrixXd> factor_;
  Eigen::VectorXd weights_;
};

}  // namespace flyball
