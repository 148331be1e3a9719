//! Reviewed, versioned guidance and its search
