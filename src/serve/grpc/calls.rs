//! The methods that the server has.

use std::collections::HashMap;
use std::rc::Rc;

use crate::protobuf::{Method, Schema};
use crate::serve::grpc::answer::Answer;
use crate::serve::grpc::spec::CallSpec;
use crate::serve::grpc::status::{Code, Status};

/// A method that the server has.
pub struct ServedMethod {
    /// The method of its route as written. Empty if no route matches.
    pub route: String,
    /// Its kind.
    pub method: Method,
    /// Its delays, statuses and metadata.
    pub spec: CallSpec,
    /// Its messages.
    pub answer: Answer,
}

/// All methods that the server has, and their schemas.
pub struct Calls {
    /// By path, as in `/package.Service/Method`.
    methods: HashMap<String, Rc<ServedMethod>>,
    /// Services with a method, by name.
    services: Vec<String>,
    /// The schema of the user, then that of the services that are built in.
    schemas: [Schema; 2],
}

impl Calls {
    /// Returns no methods yet, with the schema of the user and that of the services that are built
    /// in.
    pub fn new(schema: Schema) -> Self {
        Self { methods: HashMap::new(), services: Vec::new(), schemas: [schema, Schema::builtin()] }
    }

    /// Returns all methods of the schemas.
    pub fn known(&self) -> Vec<Method> {
        self.schemas.iter().flat_map(Schema::methods).collect()
    }

    /// Returns the schemas in the order in which they are searched.
    pub fn schemas(&self) -> &[Schema] {
        &self.schemas
    }

    /// Returns the names of the services, sorted.
    pub fn services(&self) -> &[String] {
        &self.services
    }

    /// Returns why a method of a route is unknown: the text of the schema, or the services that
    /// there are.
    pub fn without(&self, route: &str) -> String {
        let [own, builtin] = &self.schemas;
        let searched = if own.services().next().is_some() { own } else { builtin };
        match searched.method(route) {
            Err(error) if !route.contains('*') => {
                format!("{error}; -proto and -protoset add others")
            }
            _ => {
                let services: Vec<_> = self.schemas.iter().flat_map(Schema::services).collect();
                format!(
                    "no method matches '{route}': expected a method of {}; -proto and -protoset \
                     add others",
                    services.join(", ")
                )
            }
        }
    }

    /// Adds a method, unless one with its path exists.
    pub fn add(&mut self, served: ServedMethod) {
        let path = served.method.path();
        if self.methods.contains_key(path) {
            return;
        }
        let (service, _) = parts(path).expect("a path has a service and a method");
        if let Err(place) = self.services.binary_search_by(|known| known.as_str().cmp(service)) {
            self.services.insert(place, service.to_owned());
        }
        self.methods.insert(path.to_owned(), Rc::new(served));
    }

    /// Adds the methods that no route has: those that are built in, and those of the schema of the
    /// user if `has_all`.
    pub fn add_rest(&mut self, has_all: bool, defaults: &CallSpec) {
        let [own, builtin] = &self.schemas;
        let own = own.methods().filter(|_| has_all);
        for method in builtin.methods().chain(own).collect::<Vec<_>>() {
            let answer = Answer::of(&method);
            let spec = match answer {
                Answer::Echo | Answer::Fixed(_) | Answer::Filled(_) => defaults.clone(),
                // Clients use these services before they begin, and by them see whether to.
                Answer::Check | Answer::List | Answer::Watch | Answer::Reflection => {
                    CallSpec::immediate()
                }
            };
            self.add(ServedMethod { route: String::new(), method, spec, answer });
        }
    }

    /// Finds the method of a path.
    ///
    /// # Errors
    ///
    /// The status for an unknown method, with the text of grpc-go.
    pub fn find(&self, path: &str) -> Result<Rc<ServedMethod>, Status> {
        if let Some(served) = self.methods.get(path) {
            return Ok(served.clone());
        }
        let text = match parts(path) {
            None => format!("malformed method name: {path:?}"),
            Some((service, method)) => {
                let is_known = self.services.iter().any(|known| known == service);
                match is_known {
                    true => format!("unknown method {method} for service {service}"),
                    false => format!("unknown service {service}"),
                }
            }
        };
        Err(Status::new(Code::UNIMPLEMENTED, text))
    }
}

/// Returns the service and the method of a path. None if it has another form.
fn parts(path: &str) -> Option<(&str, &str)> {
    path.strip_prefix('/').unwrap_or(path).rsplit_once('/')
}
