//! Runs seeds, as many as one likes, and prints what happened.

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use binance_wire_simulation::memory::Counting;
use binance_wire_simulation::{Break, Figures, Settings, Violation, run};
use clap::Parser;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Clients and the exchange in one process, under a simulated network and clock.
#[derive(Parser)]
struct Arguments {
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// How many seeds to run.
    #[arg(long, default_value_t = 1)]
    seeds: u64,
    /// Virtual seconds of trading and faults in each run; two minutes unless set.
    #[arg(long)]
    seconds: Option<u64>,
    /// Virtual hours of trading and faults in each run.
    #[arg(long, conflicts_with = "seconds")]
    hours: Option<u64>,
    /// The most orders of a run.
    #[arg(long)]
    orders: Option<usize>,
    /// A storm of faults that ends with the orders, 10,000 unless set.
    #[arg(long, conflicts_with_all = ["seconds", "hours"])]
    storm: bool,
    /// How many seeds to run side by side.
    #[arg(long, default_value_t = 1)]
    threads: usize,
    /// Break something on purpose, which must be found: books, account, twice, limits, refusals or fates.
    #[arg(long = "break")]
    broken: Option<Break>,
    /// Print what happened in each run.
    #[arg(long)]
    trace: bool,
    /// Go on after a run that broke an invariant.
    #[arg(long)]
    keep_going: bool,
}

impl Arguments {
    fn settings(&self) -> Settings {
        if self.storm {
            let mut settings = Settings::storm(self.orders.unwrap_or(10_000));
            settings.broken = self.broken;
            return settings;
        }
        let mut settings = Settings::short();
        if let Some(seconds) = self.seconds.or(self.hours.map(|hours| hours * 3600)) {
            settings.duration = Duration::from_secs(seconds);
            settings.orders = usize::MAX;
        }
        settings.orders = self.orders.unwrap_or(settings.orders);
        settings.broken = self.broken;
        settings
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let settings = arguments.settings();
    let (next, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    let sum = Mutex::new((Figures::default(), 0u64, Vec::<Box<Violation>>::new()));
    let began = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..arguments.threads.max(1) {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    if at >= arguments.seeds {
                        return;
                    }
                    let outcome = run(arguments.seed + at, &settings);
                    let Ok(mut sum) = sum.lock() else { return };
                    sum.1 += 1;
                    match outcome {
                        Ok(report) => {
                            if arguments.trace {
                                println!("{}\nhash {:016x}", report.trace.join("\n"), report.hash);
                            }
                            sum.0.add(&report.figures);
                        }
                        Err(violation) => {
                            println!("{violation}");
                            if !arguments.keep_going {
                                stop.store(true, Ordering::Relaxed);
                            }
                            sum.2.push(violation);
                        }
                    }
                }
            });
        }
    });
    let Ok((figures, seeds, violations)) = sum.into_inner() else {
        return ExitCode::FAILURE;
    };
    println!(
        "seeds            {seeds} in {:.1} s, {} violations",
        began.elapsed().as_secs_f64(),
        violations.len()
    );
    print!("{figures}");
    match violations.iter().min_by_key(|violation| violation.seed) {
        None => ExitCode::SUCCESS,
        Some(first) => {
            println!("{}\n{first}", first.trace.join("\n"));
            ExitCode::FAILURE
        }
    }
}
